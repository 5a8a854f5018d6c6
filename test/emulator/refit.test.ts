// @module-tag refit
/** Engines that get new weights, on emulated GPUs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { attachSession, createSession, type Session, type SessionOptions, Tensor } from '../../dist/index.js';
import type { Family } from '../../dist/libraries/verdict.js';
import { output } from '../support/commands.js';
import { HEAVY, square } from '../support/contract-models.js';
import { emulatedLibrary, emulatedMachine, machineOfThisFile } from '../support/emulator.js';
import { INPUTS, linear, OUTPUTS, SIDE } from '../support/linear-model.js';
import { one, type Parts } from '../support/small-models.js';
import { temporaryFolder } from '../support/temporary.js';

// Runs that take a moment, so that some are under way and others wait.
machineOfThisFile('latency launch=1ms');

const FAMILIES = [
  ['tensorrt-rtx', 'rtx'],
  ['tensorrt 11', 'ent11'],
  ['tensorrt 10', 'ent10'],
] as const;
const IMAGE = new Tensor(
  'float32',
  Float32Array.from({ length: 2 * SIDE }, (_, i) => i / 7),
  [2, SIDE],
);
const PROFILES = [{ x: { min: [1, SIDE], opt: [2, SIDE], max: [8, SIDE] } }];

const onGpu = (family: Family, more: SessionOptions['engine'] = {}): SessionOptions => ({
  backend: family === 'rtx' ? 'tensorrt-rtx' : 'tensorrt',
  engine: { library: emulatedLibrary(family), profiles: PROFILES, refit: true, ...more },
});

async function withSession<T>(
  bytes: Buffer | string,
  options: SessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await createSession(bytes, options);
  return use(session).finally(() => session.dispose());
}

const run = async (session: Session): Promise<number[]> =>
  Array.from((await session.run({ x: IMAGE })).y?.data as Float32Array);
const onCpu = (bytes: Buffer): Promise<number[]> => withSession(bytes, { backend: 'cpu' }, run);

describe.each(FAMILIES)('refit on %s', (_title, family) => {
  it('gives the session the weights of another model, as the CPU computes with them', async () => {
    await withSession(linear(1), onGpu(family), async (session) => {
      expect(await run(session)).toEqual(await onCpu(linear(1)));
      await session.refit(linear(2));
      expect(await run(session)).toEqual(await onCpu(linear(2)));
      const file = join(await temporaryFolder(), 'model.onnx');
      await writeFile(file, linear(3));
      await session.refit(file);
      expect(await run(session)).toEqual(await onCpu(linear(3)));
    });
    // The engine cache has the old weights still.
    expect(await withSession(linear(1), onGpu(family, { build: 'never' }), run)).toEqual(await onCpu(linear(1)));
  });

  it('waits for the runs under way, and has those that wait run with the new weights', async () => {
    const [old, fresh] = [await onCpu(linear(1)), await onCpu(linear(2))];
    await withSession(linear(1), { ...onGpu(family), maxConcurrent: 2 }, async (session) => {
      await run(session);
      const before = Array.from({ length: 100 }, () => run(session));
      await session.refit(linear(2));
      const after = Array.from({ length: 10 }, () => run(session));
      expect(session.stats().inFlight).toBeGreaterThan(10 + 2);
      const results = await Promise.all(before);
      for (const result of results) expect([old, fresh]).toContainEqual(result);
      expect(results[0]).toEqual(old);
      for (const result of [results[99], ...(await Promise.all(after))]) expect(result).toEqual(fresh);
    });
  });

  it('gives an engine that was built without weights its first', async () => {
    await withSession(linear(1), onGpu(family, { stripPlan: true }), async (session) => {
      await expect(run(session)).rejects.toMatchObject({ code: 'ENGINERY_RUN_FAILED' });
      await session.refit(linear(1));
      expect(await run(session)).toEqual(await onCpu(linear(1)));
    });
  });

  it('names the weights that a model does not have, and keeps those of the engine', async () => {
    await withSession(linear(1), onGpu(family), async (session) => {
      const error = await session.refit(linear(2, ['w', 'bias'])).catch((reason) => reason);
      expect(error).toMatchObject({
        code: 'ENGINERY_REFIT_FAILED',
        message: 'The model does not fit the engine: it has no weights of the same name, type and size as b',
        details: { weights: ['b'], parserErrors: [{ code: 'REFIT_FAILED' }] },
      });
      expect(await run(session)).toEqual(await onCpu(linear(1)));
    });
  });

  it('says so where the engine was not built for it', async () => {
    await withSession(linear(1), onGpu(family, { refit: false }), async (session) => {
      await expect(session.refit(linear(2))).rejects.toMatchObject({
        code: 'ENGINERY_OPTION_UNSUPPORTED',
        message: 'The engine cannot be refitted: it was not built with the option refit',
        hint: expect.stringContaining('engine: { refit: true }'),
      });
    });
  });
});

describe('refit', () => {
  const other = (parts: Parts): Buffer => one('Identity', {}, { inputs: INPUTS, outputs: OUTPUTS, ...parts });
  it.each<[string, Buffer, RegExp]>([
    [
      'an input',
      other({ inputs: { z: ['float32', ['n', SIDE]] } }),
      /input "x" is absent, the engine's float32 \[n, 4\]$/,
    ],
    ['a type', other({ inputs: { x: ['int32', ['n', SIDE]] } }), /input "x" is int32 \[n, 4\]/],
    [
      'a shape',
      other({ outputs: { y: ['float32', ['n', 5]] } }),
      /output "y" is float32 \[n, 5\], the engine's float32 \[n, 4\]/,
    ],
  ])('refuses a model that differs in %s', async (_what, bytes, message) => {
    await withSession(linear(1), onGpu('rtx'), async (session) => {
      const error = await session.refit(bytes).catch((reason) => reason);
      expect(error).toMatchObject({ code: 'ENGINERY_REFIT_FAILED' });
      expect(error.message).toMatch(message);
    });
  });

  it('refuses what is no model, a session on the CPU, and one that is closed', async () => {
    await withSession(linear(1), onGpu('rtx'), async (session) => {
      await expect(session.refit('absent.onnx')).rejects.toMatchObject({ code: 'ENGINERY_FILE_NOT_FOUND' });
      await session.dispose();
      await expect(session.refit(linear(2))).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' });
    });
    await withSession(linear(1), { backend: 'cpu' }, async (session) => {
      const unsupported = { code: 'ENGINERY_OPTION_UNSUPPORTED', message: 'refit: onnxruntime executes no engine' };
      await expect(session.refit(linear(2))).rejects.toMatchObject(unsupported);
      await expect(session.layerInfo()).rejects.toMatchObject({ code: 'ENGINERY_OPTION_UNSUPPORTED' });
    });
  });

  it.each([null, { signal: 5 }])('refuses options %j', async (options) => {
    await withSession(linear(1), onGpu('rtx'), async (session) => {
      await expect(session.refit(linear(2), options as never)).rejects.toMatchObject({
        code: 'ENGINERY_INVALID_ARGUMENT',
      });
    });
  });

  it('gives up where it is aborted while runs are under way', async () => {
    const anySquare = [{ x: { min: [1, 1], opt: [256, 256], max: [256, 256] } }];
    await withSession(HEAVY, onGpu('rtx', { profiles: anySquare }), async (session) => {
      const running = session.run({ x: square(256) });
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('changed my mind')), 50);
      await expect(session.refit(HEAVY, controller)).rejects.toThrow('changed my mind');
      expect(session.stats().inFlight).toBe(1);
      await running;
    });
  });

  it('ends before the session does', async () => {
    const session = await createSession(linear(1), onGpu('rtx'));
    const refitted = session.refit(linear(2));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.allSettled([refitted, session.dispose()]);
  });

  it('is none of a session that was disposed of meanwhile, whoever else has it', async () => {
    await withSession(linear(1), onGpu('rtx'), async (session) => {
      const twin = await attachSession(session.handle);
      const refitted = twin.refit(linear(2));
      await Promise.all([expect(refitted).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' }), twin.dispose()]);
      expect(await run(session)).toEqual(await onCpu(linear(1)));
    });
  });

  it('reaches the other threads that have the session', async () => {
    await withSession(linear(1), onGpu('rtx'), async (session) => {
      const script = `
        const { parentPort, workerData } = require('node:worker_threads');
        import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}).then(async ({ attachSession }) => {
          const session = await attachSession(workerData.handle);
          await session.refit(workerData.model);
          await session.dispose();
        }).then(() => parentPort.postMessage('done'));`;
      const worker = new Worker(script, { eval: true, workerData: { handle: session.handle, model: linear(2) } });
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await worker.terminate();
      expect(await run(session)).toEqual(await onCpu(linear(2)));
    });
  });
});

/** Runs, refits, runs, refits and runs, in a process of its own; says how each went. */
async function refitsTwice(settings: string): Promise<string[]> {
  const failing = await emulatedMachine(await temporaryFolder(), settings);
  const { folder } = failing;
  await Promise.all([1, 2].map((seed) => writeFile(join(folder, `${seed}.onnx`), linear(seed))));
  const script = `
    const { createSession } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
    const session = await createSession('1.onnx', { engine: { refit: true, profiles: ${JSON.stringify(PROFILES)} } });
    const said = [];
    const run = () => session.run({ x: { type: 'float32', dims: [1, 4], data: new Float32Array(4) } });
    const note = (what) => what.then(() => said.push('fine'), ({ code, message }) => said.push(code + ': ' + message));
    await note(run());
    await note(session.refit('2.onnx'));
    await note(run());
    await note(session.refit('2.onnx'));
    await note(run());
    await session.dispose();
    console.log(JSON.stringify(said));`;
  const env = { ...process.env, ENGINERY_BACKEND: '', ...failing.env };
  const said = await output(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, env });
  expect(await failing.reports()).toBe('');
  return JSON.parse(said);
}

it('makes runs fail where a refit fails half-way, until another succeeds', async () => {
  expect(await refitsTwice('fail IRefitter::refitCudaEngine 1 1')).toEqual([
    'fine',
    expect.stringMatching(
      /^ENGINERY_REFIT_FAILED: TensorRT failed to refit the engine, which now may have weights of two/,
    ),
    expect.stringMatching(/^ENGINERY_RUN_FAILED: A refit failed half-way/),
    'fine',
    'fine',
  ]);
});

it('ends once, where it is refused and aborted in the same turn: the process goes on', async () => {
  const machine = await emulatedMachine(await temporaryFolder());
  await writeFile(join(machine.folder, '1.onnx'), linear(1));
  const script = `
    const { createSession } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
    const open = () => createSession('1.onnx', { engine: { refit: true, profiles: ${JSON.stringify(PROFILES)} } });
    const [disposed, other] = [await open(), await open()];
    const abort = new AbortController();
    const listen = abort.signal.addEventListener;
    abort.signal.addEventListener = function (...given) { // it comes before the refusal
      listen.apply(this, given);
      queueMicrotask(() => abort.abort());
    };
    const refit = disposed.refit('1.onnx', { signal: abort.signal }).catch(({ code }) => code);
    await disposed.dispose();
    const code = await refit;
    const run = () => other.run({ x: { type: 'float32', dims: [1, 4], data: new Float32Array(4) } });
    await run();
    await run(); // nothing but the addon keeps the process
    await other.dispose();
    console.log(code);`;
  const env = { ...process.env, ENGINERY_BACKEND: '', ...machine.env };
  expect(await output(process.execPath, ['--input-type=module', '-e', script], { cwd: machine.folder, env })).toBe(
    'ENGINERY_DISPOSED\n',
  );
});

it('says of a lost device that it is lost', async () => {
  const lost = expect.stringMatching(/^ENGINERY_DEVICE_LOST: /);
  expect(await refitsTwice('fail launch 2 719')).toEqual(['fine', 'fine', lost, lost, lost]);
});
