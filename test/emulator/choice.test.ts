// @module-tag choice
// @module-tag engine-files
// @module-tag engine-cache
/** What createSession chooses on machines with emulated GPUs, each in a process of its own. */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Family } from '../../dist/libraries/verdict.js';
import { command, ROOT } from '../support/commands.js';
import { DIGITS, engineFile, machineWith, type Outcome, PROFILES, session } from '../support/emulated-session.js';

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

  it('that TensorRT itself does not take is built again, unless that is forbidden', async () => {
    const machine = await machineWith('fail IRuntime::deserializeCudaEngine 1 1');
    const engine = await engineFile(machine);
    const { backend, warnings } = (await session(machine, engine, { backend: 'gpu' })) as Outcome & {
      warnings: string[];
    };
    expect(backend).toMatchObject({ name: 'tensorrt-rtx', standIn: join(machine.folder, 'digits.onnx') });
    const why = 'TensorRT does not load the engine: IRuntime::deserializeCudaEngine: planned failure';
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`^EngineryRebuild: .*${why}`))]);
    expect(await session(machine, engine, { backend: 'gpu', engine: { build: 'never' } })).toMatchObject({
      code: 'ENGINERY_ENGINE_MISMATCH',
      message: expect.stringMatching(new RegExp(`${why}.*engine\\.build is 'never'`)),
    });
  });

  it('is not built again where it is TensorRT that fails', async () => {
    const machine = await machineWith('fail createInferRuntime 1 1');
    const engine = await engineFile(machine);
    expect(await session(machine, engine, { backend: 'gpu' })).toMatchObject({ code: 'ENGINERY_DEVICE_UNAVAILABLE' });
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
