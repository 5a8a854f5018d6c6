// @module-tag choice
// @module-tag engine-files
// @module-tag engine-cache
/** What createSession chooses on machines with emulated GPUs, each in a process of its own. */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Family } from '../../dist/libraries/verdict.js';
import { command, output, ROOT } from '../support/commands.js';
import { type EmulatedMachine, emulatedLibrary, emulatedMachine } from '../support/emulator.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const INDEX = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);
const PROFILES = [{ image: { min: [1, 1, 28, 28], opt: [4, 1, 28, 28], max: [8, 1, 28, 28] } }];

const machineWith = async (settings = '', families?: readonly Family[]): Promise<EmulatedMachine> =>
  emulatedMachine(await temporaryFolder(), settings, families);

/** Opens a session, runs it once with two images, and says how it went. */
const SCRIPT = `
  const { createSession } = await import(${INDEX});
  const [model, options] = process.argv.slice(1);
  const warnings = [];
  process.on('warning', ({ name, message }) => warnings.push(name + ': ' + message));
  try {
    const session = await createSession(model, JSON.parse(options));
    const { logits } = await session.run({ type: 'float32', dims: [2, 1, 28, 28], data: new Float32Array(2 * 784).fill(0.5) });
    const { backend, inputs } = session;
    await session.dispose();
    await new Promise(setImmediate);
    console.log(JSON.stringify({ backend, inputs, warnings, logits: Array.from(logits.data) }));
  } catch ({ code, message, hint, details }) {
    console.log(JSON.stringify({ code, message, hint, reasons: details?.reasons }));
  }`;

interface Outcome {
  readonly backend: Record<string, unknown>;
  readonly logits: readonly number[];
}

async function session({ env }: EmulatedMachine, model: string, options: object = {}): Promise<Outcome> {
  const args = ['--input-type=module', '-e', SCRIPT, model, JSON.stringify(options)];
  return JSON.parse(await output(process.execPath, args, { env: { ...process.env, ENGINERY_BACKEND: '', ...env } }));
}

/** Builds an engine of the digits beside a copy of their model. */
async function engineFile({ env, folder }: EmulatedMachine, ...flags: readonly string[]): Promise<string> {
  const [model, engine] = [join(folder, 'digits.onnx'), join(folder, 'digits.engine')];
  await copyFile(DIGITS, model);
  const shapes = (['min', 'opt', 'max'] as const).map((bound, i) => `--${bound}Shapes=image:${[1, 4, 8][i]}x1x28x28`);
  const args = ['dist/cli/main.js', 'build', model, '-o', engine, ...shapes, ...flags];
  await output(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
  return engine;
}

describe('a model', () => {
  it.each<[string, readonly Family[], object]>([
    [
      'TensorRT-RTX',
      ['rtx'],
      { name: 'tensorrt-rtx', device: { index: 0, name: 'Emulated GPU A', computeCapability: '8.9' } },
    ],
    ['TensorRT 11', ['ent11'], { name: 'tensorrt', reasons: [] }],
    ['TensorRT 10', ['ent10'], { name: 'tensorrt', reasons: [] }],
    ['TensorRT before TensorRT-RTX', ['rtx', 'ent11'], { name: 'tensorrt', reasons: [] }],
  ])('runs on %s, and gives what the CPU gives', async (_what, families, backend) => {
    const machine = await machineWith('', families);
    const engine = { profiles: PROFILES };
    const gpu = await session(machine, DIGITS, { engine });
    expect(gpu.backend).toMatchObject({ implementation: 'native', standIn: null, ...backend });
    expect(gpu).toMatchObject({ inputs: [{ name: 'image', dims: ['batch', 1, 28, 28] }], warnings: [] });
    expect(gpu.logits).toEqual((await session(machine, DIGITS, { backend: 'cpu' })).logits);
    expect(await machine.reports()).toBe('');
  });

  it('comes from the engine cache the second time, and is not built where that is not allowed', async () => {
    const machine = await machineWith();
    const never = { engine: { profiles: PROFILES, build: 'never' } };
    expect(await session(machine, DIGITS, never)).toMatchObject({
      code: 'ENGINERY_BACKEND_UNAVAILABLE',
      message: expect.stringContaining('The engine cache has no engine'),
    });
    await session(machine, DIGITS, { engine: { profiles: PROFILES } });
    expect(await session(machine, DIGITS, never)).toMatchObject({ backend: { name: 'tensorrt-rtx' } });
  });

  it('without a profile gets 1 to 32 rows, with a warning', async () => {
    const { warnings } = (await session(await machineWith(), DIGITS)) as unknown as { warnings: string[] };
    expect(warnings).toEqual([
      expect.stringMatching(/^EngineryProfile: 'image' has a dynamic leading dimension .*1 to 32/),
    ]);
  });

  it('runs on the GPU that was asked for', async () => {
    const { backend } = await session(await machineWith(), DIGITS, { backend: 'gpu', device: 1 });
    expect(backend).toMatchObject({ device: { index: 1, name: 'Emulated GPU B', computeCapability: '12.0' } });
  });

  const CASES: readonly [string, string, readonly Family[], object, string, RegExp][] = [
    ['there is no device', 'devices 0', ['rtx'], {}, 'ENGINERY_DEVICE_UNAVAILABLE', /NO_DEVICE|no device/],
    ['there is no library', '', [], {}, 'ENGINERY_LIBRARY_UNUSABLE', /absent/],
    [
      'the architecture is none of its own',
      'devices 1\ndevice 0 cc=9.0',
      ['rtx'],
      {},
      'ENGINERY_DEVICE_UNSUPPORTED',
      /not on 9\.0/,
    ],
    ['there is no device, nor another', 'devices 0', ['rtx'], { device: 5 }, 'ENGINERY_DEVICE_UNAVAILABLE', /device/],
    [
      'it is to be built for others',
      '',
      ['rtx'],
      { engine: { targets: ['sm86'] } },
      'ENGINERY_DEVICE_UNSUPPORTED',
      /sm86/,
    ],
  ];
  it.each(CASES)(
    'runs on the CPU where %s, unless a GPU is a must',
    async (_why, settings, families, options, code, text) => {
      const machine = await machineWith(settings, families);
      const reason = { backend: 'tensorrt-rtx', code, message: expect.stringMatching(text) };
      const { backend } = await session(machine, DIGITS, options);
      expect(backend).toMatchObject({ name: 'onnxruntime', device: null, reasons: [{}, reason] });
      expect(await session(machine, DIGITS, { ...options, backend: 'tensorrt-rtx' })).toMatchObject({ code });
      expect(await session(machine, DIGITS, { ...options, backend: 'gpu' })).toMatchObject({
        code: 'ENGINERY_BACKEND_UNAVAILABLE',
        reasons: [{ backend: 'tensorrt' }, reason],
      });
    },
  );
});

describe('a GPU that is asked for', () => {
  it.each([['auto'], ['gpu'], [['tensorrt-rtx', 'onnxruntime']]])('is there, or an error with %j', async (backend) => {
    const machine = await machineWith('', ['rtx', 'ent11']);
    expect(await session(machine, DIGITS, { backend, device: 5 })).toMatchObject({
      code: 'ENGINERY_DEVICE_UNAVAILABLE',
      message: 'There is no GPU 5: the driver reports GPUs 0 to 1',
    });
  });

  it('is left to TensorRT-RTX where TensorRT cannot build for it, or to the CPU', async () => {
    const options = { device: 1, engine: { profiles: PROFILES } };
    const reason = {
      backend: 'tensorrt',
      code: 'ENGINERY_DEVICE_UNSUPPORTED',
      message: expect.stringContaining('GPU 1 is another kind'),
    };
    expect((await session(await machineWith('', ['rtx', 'ent10']), DIGITS, options)).backend).toMatchObject({
      name: 'tensorrt-rtx',
      device: { index: 1 },
      reasons: [reason],
    });
    const alone = await machineWith('', ['ent10']);
    expect((await session(alone, DIGITS, options)).backend).toMatchObject({
      name: 'onnxruntime',
      reasons: [reason, {}],
    });
    expect(await session(alone, DIGITS, { ...options, backend: 'tensorrt' })).toMatchObject({ code: reason.code });
  });
});

describe('options that the backend does not have', () => {
  const OPTIONS: readonly [Family, object, RegExp, string][] = [
    ['rtx', { onnxruntime: {} }, /^onnxruntime: only onnxruntime-native/, "backend: 'cpu'"],
    ['ent11', { tensorrt: { specializationStrategy: 'eager' } }, /specializationStrategy/, "backend: 'tensorrt-rtx'"],
    ['rtx', { tensorrt: { weightStreamingBudget: 0 } }, /TensorRT-RTX does not stream/, "backend: 'tensorrt'"],
    ['ent11', { tensorrt: { weightStreamingBudget: 0 } }, /build it with weightStreaming/, 'weightStreaming: true'],
  ];
  it.each(OPTIONS)('of %s are errors before an engine is built: %j', async (family, options, message, hint) => {
    const machine = await machineWith('', [family]);
    const refused = { code: 'ENGINERY_OPTION_UNSUPPORTED', message: expect.stringMatching(message) };
    for (const backend of ['auto', family === 'rtx' ? 'tensorrt-rtx' : 'tensorrt']) {
      const error = await session(machine, DIGITS, { ...options, backend, engine: { profiles: PROFILES } });
      expect(error).toMatchObject({ ...refused, hint: expect.stringContaining(hint) });
    }
    expect(await readdir(join(machine.env.XDG_CACHE_HOME as string, 'enginery/engines')).catch(() => [])).toEqual([]);
    const engine = await engineFile(machine, `--library=${emulatedLibrary(family)}`);
    expect(await session(machine, engine, options)).toMatchObject(refused);
  });

  it('are no errors where there is no GPU', async () => {
    const machine = await machineWith('devices 0');
    const options = { onnxruntime: {}, tensorrt: { weightStreamingBudget: 0 } };
    expect((await session(machine, DIGITS, options)).backend).toMatchObject({ name: 'onnxruntime' });
  });
});

describe('an engine file', () => {
  it('runs where it was built for', async () => {
    const machine = await machineWith();
    const engine = await engineFile(machine);
    expect((await session(machine, engine, { backend: 'gpu' })).backend).toMatchObject({
      name: 'tensorrt-rtx',
      standIn: null,
    });
  });

  it('for another GPU is built again, from its model and with its profiles', async () => {
    const machine = await machineWith();
    const engine = await engineFile(machine, '--computeCapabilities=86');
    const { backend, warnings } = (await session(machine, engine, { backend: 'gpu' })) as Outcome & {
      warnings: string[];
    };
    expect(backend).toMatchObject({ name: 'tensorrt-rtx', standIn: join(machine.folder, 'digits.onnx') });
    expect(warnings).toEqual([
      expect.stringMatching(/^EngineryRebuild: .*built for sm86, GPU 0 \(Emulated GPU A\) is sm89/),
    ]);
  });

  it('for another GPU says so where it must not be built again', async () => {
    const machine = await machineWith();
    const engine = await engineFile(machine, '--computeCapabilities=86');
    const never = { engine: { build: 'never' } };
    expect(await session(machine, engine, { backend: 'tensorrt-rtx', ...never })).toMatchObject({
      code: 'ENGINERY_ENGINE_MISMATCH',
      message: expect.stringMatching(/built for sm86, GPU 0 \(Emulated GPU A\) is sm89; engine\.build is 'never'/),
    });
    expect((await session(machine, engine, never)).backend).toMatchObject({
      name: 'onnxruntime',
      reasons: [{}, { code: 'ENGINERY_ENGINE_MISMATCH' }],
    });
  });

  it('without a manifest runs on the caller’s word, within its own bounds', async () => {
    const machine = await machineWith();
    const engine = await engineFile(machine);
    const bare = join(machine.folder, 'bare.engine');
    await copyFile(engine, bare);
    expect(await session(machine, bare)).toMatchObject({ code: 'ENGINERY_UNTRUSTED_PLAN' });
    expect(await session(machine, bare, { trust: true })).toMatchObject({
      backend: { name: 'tensorrt-rtx' },
      inputs: [{ name: 'image', type: 'float32', dims: [null, 1, 28, 28] }],
    });
  });
});

describe('a plan that nothing vouches for', () => {
  /** Loading a plan ends the process: what is refused before that was never given to TensorRT. */
  const CRASH = 'crash IRuntime::deserializeCudaEngine *';

  it('is refused before TensorRT sees it', async () => {
    const machine = await machineWith(CRASH);
    const engine = await engineFile(machine);
    const [plan, manifest] = [await readFile(engine), await readFile(`${engine}.json`, 'utf8')];
    const outcome = (options: object = {}): Promise<Outcome> =>
      session(machine, engine, { backend: 'gpu', ...options });
    const refused = { code: 'ENGINERY_INVALID_MANIFEST' };

    const mutated = Buffer.from(plan);
    mutated[plan.length >> 1] = (mutated[plan.length >> 1] ?? 0) ^ 1;
    await writeFile(engine, mutated);
    expect(await outcome()).toMatchObject(refused);
    expect(await outcome({ trust: true })).toMatchObject(refused); // trust is for plans without a manifest

    const foreign = join(machine.folder, 'foreign');
    await mkdir(foreign);
    const other = await engineFile({ ...machine, folder: foreign }, '--computeCapabilities=86');
    await copyFile(other, engine);
    expect(await outcome()).toMatchObject(refused);

    await writeFile(engine, plan);
    await writeFile(`${engine}.json`, manifest.replace(/"sha256": "[0-9a-f]{4}/g, '"sha256": "0000'));
    expect(await outcome()).toMatchObject(refused);
    await rm(`${engine}.json`);
    expect(await outcome()).toMatchObject({ code: 'ENGINERY_UNTRUSTED_PLAN' });

    await writeFile(`${engine}.json`, manifest);
    await expect(outcome()).rejects.toThrow('SIGSEGV'); // this one is loaded
  });

  it.each([
    ['where it runs', '', /^running on tensorrt-rtx/],
    ['where it does not', 'devices 0', /^not on tensorrt-rtx: .+\n.+ stands in for the engine\nrunning on onnxruntime/],
  ])('has the command line say nothing of the other product %s', async (_where, settings, message) => {
    const engine = await engineFile(await machineWith());
    const { env } = await machineWith(settings);
    const args = ['dist/cli/main.js', 'run', engine, '--random'];
    const { stderr } = await command(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
    expect(stderr.replace(/^\(.*\n/gm, '')).toMatch(message);
  });

  it('is loaded on the caller’s word: --trust-plans', async () => {
    const machine = await machineWith();
    const engine = await engineFile(machine);
    await rm(`${engine}.json`);
    const args = ['dist/cli/main.js', 'bench', engine, '--backend=gpu', '--iterations=2', '--duration=0'];
    const options = { cwd: ROOT, env: { ...process.env, ...machine.env } };
    const refused = await command(process.execPath, [...args], options);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('ENGINERY_UNTRUSTED_PLAN') });
    const shapes = '--shapes=image:2x1x28x28';
    expect(await command(process.execPath, [...args, shapes, '--trust-plans'], options)).toMatchObject({ status: 0 });
  });
});

it('the command line has a budget for weights', async () => {
  const { env } = await machineWith();
  const args = ['dist/cli/main.js', 'run', DIGITS, '--random', '--backend=gpu', '--weightStreamingBudget=-1'];
  const { status, stderr } = await command(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
  expect(stderr).toMatch(/weightStreamingBudget: TensorRT-RTX does not stream weights.*ENGINERY_OPTION_UNSUPPORTED/s);
  expect(status).toBe(2);
});

it('the command line says which GPU runs', async () => {
  const { env } = await machineWith();
  const args = [
    'dist/cli/main.js',
    'bench',
    DIGITS,
    '--device=1',
    '--backend=gpu',
    '--iterations=2',
    '--duration=0',
    '--useCudaGraph',
  ];
  const { status, stderr } = await command(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
  expect(stderr).toMatch(/running on tensorrt-rtx [\d.]+, GPU 1 \(Emulated GPU B\)/);
  expect(status).toBe(0);
});
