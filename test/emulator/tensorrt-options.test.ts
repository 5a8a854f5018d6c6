// @module-tag graphs
// @module-tag kernels
// @module-tag memory
/** What a session uses of a GPU, and the options of TensorRT that change how it runs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSession, type Session, type SessionOptions, Tensor } from '../../dist/index.js';
import type { Family } from '../../dist/libraries/verdict.js';
import { command } from '../support/commands.js';
import { emulatedLibrary, machineOfThisFile } from '../support/emulator.js';
import { node } from '../support/onnx-writer.js';
import { small } from '../support/small-models.js';

const DIGITS = 'examples/digits/digits.onnx';
const FAMILIES: readonly Family[] = ['rtx', 'ent11', 'ent10'];

const machine = machineOfThisFile();

function open(family: Family, options: SessionOptions = {}, model: string | Uint8Array = DIGITS): Promise<Session> {
  return createSession(model, {
    backend: family === 'rtx' ? 'tensorrt-rtx' : 'tensorrt',
    engine: { library: emulatedLibrary(family) },
    ...options,
  });
}

const rows = (count: number, value: number): Tensor =>
  new Tensor('float32', new Float32Array(count * 784).fill(value), [count, 1, 28, 28]);

async function logits(session: Session, count: number, value: number): Promise<Float32Array> {
  const { logits } = await session.run(rows(count, value));
  return logits?.data as Float32Array;
}

describe.each(FAMILIES)('CUDA graphs of %s', (family) => {
  it('give what runs without them give, whatever changes in between', async () => {
    const lines: string[] = [];
    const [graphs, plain] = await Promise.all([
      open(family, { tensorrt: { cudaGraph: true }, maxConcurrent: 1, onLog: ({ message }) => lines.push(message) }),
      open(family),
    ]);
    for (const count of [1, 1, 1, 1, 4, 4, 4, 1, 1, 1]) {
      for (const value of [0, 0.25, 1]) {
        expect(await logits(graphs, count, value)).toEqual(await logits(plain, count, value));
      }
    }
    await Promise.all([graphs.dispose(), plain.dispose()]);
    expect(lines).toEqual([]);
  });
});

describe('CUDA graphs', () => {
  it('are done without where the driver makes none, with a warning', async () => {
    const settings = join(machine().folder, 'no-graphs.txt');
    await writeFile(settings, 'fail cuGraphInstantiateWithFlags * 801\n');
    const script = `
      const { createSession, Tensor } = await import('${new URL('../../dist/index.js', import.meta.url).href}');
      const lines = [];
      const session = await createSession('${DIGITS}', {
        backend: 'tensorrt', engine: { library: process.argv[1] }, maxConcurrent: 1,
        tensorrt: { cudaGraph: true }, onLog: ({ message }) => lines.push(message),
      });
      const feed = new Tensor('float32', new Float32Array(784), [1, 1, 28, 28]);
      for (let i = 0; i < 5; i++) await session.run(feed);
      await new Promise((resolve) => setTimeout(resolve, 50)); // lines come on their own way
      await session.dispose();
      console.log(JSON.stringify(lines));`;
    const env = { ...process.env, ENGINERY_EMULATOR: settings };
    const args = ['--input-type=module', '-e', script, emulatedLibrary('ent11')];
    const { status, stdout } = await command(process.execPath, args, { env });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      expect.stringMatching(/^No CUDA graph can be made: cuGraphInstantiate: CUDA_ERROR_NOT_SUPPORTED/),
    ]);
  });
});

describe('kernel specialization', () => {
  it.each(['lazy', 'eager', 'none'] as const)('%s is TensorRT-RTX’s', async (specializationStrategy) => {
    const session = await open('rtx', { tensorrt: { specializationStrategy } });
    expect(await logits(session, 1, 0)).toHaveLength(10);
    await session.dispose();
  });

  it('is refused by TensorRT', async () => {
    await expect(open('ent11', { tensorrt: { specializationStrategy: 'eager' } })).rejects.toMatchObject({
      code: 'ENGINERY_OPTION_UNSUPPORTED',
    });
  });
});

describe('memory', () => {
  it('is counted while the session lives', async () => {
    const session = await open('ent11', { maxConcurrent: 2 });
    const before = session.stats().memory;
    expect(before).toMatchObject({ contexts: 0, tensors: 0, pinned: 0 });
    expect(before?.weights).toBeGreaterThan(100_000);
    await session.run(rows(1, 0));
    const small = session.stats().memory;
    await session.run(rows(32, 0));
    const large = session.stats().memory;
    expect(large?.contexts).toBe(small?.contexts);
    expect(large?.tensors).toBeGreaterThanOrEqual(32 * (784 + 10) * 4);
    expect(large?.tensors).toBeGreaterThan(small?.tensors as number);
    expect(large?.pinned).toBeGreaterThan(small?.pinned as number);
    // Of the first run, and nobody's now.
    expect(large?.kept.device).toBeGreaterThanOrEqual(small?.tensors as number);
    expect(large?.kept.pinned).toBeGreaterThanOrEqual(small?.pinned as number);
    const other = await open('ent11');
    expect(other.stats().memory?.kept).toEqual(large?.kept);
    await other.dispose();
    await session.dispose();
    expect(session.stats().memory).toBeNull();
  });

  it('has a limit, which refuses what would be more, and leaves the session usable', async () => {
    const free = await open('ent11', { maxConcurrent: 1 });
    await free.run(rows(1, 0));
    const use = free.stats().memory ?? { weights: 0, contexts: 0, tensors: 0 };
    await free.dispose();
    const memoryLimit = use.weights + use.contexts + use.tensors;
    const session = await open('ent11', { maxConcurrent: 1, tensorrt: { memoryLimit } });
    await expect(session.run(rows(32, 0))).rejects.toMatchObject({ code: 'ENGINERY_DEVICE_MEMORY' });
    expect(await logits(session, 1, 0)).toHaveLength(10);
    await session.dispose();
    await expect(open('ent11', { tensorrt: { memoryLimit: 1000 } })).rejects.toMatchObject({
      code: 'ENGINERY_DEVICE_MEMORY',
      message: expect.stringContaining('1000'),
      hint: expect.stringContaining('tensorrt.memoryLimit'),
    });
  });

  it('has that limit for outputs whose size only the run tells', async () => {
    const found = small([node('NonZero', ['x'], ['places'])], {
      inputs: { x: ['float32', ['n', 1024]] },
      outputs: { places: ['int64', [2, 'found']] },
    });
    const profiles = [{ x: { min: [1, 1024], opt: [8, 1024], max: [64, 1024] } }];
    const session = await open('ent11', { engine: { library: emulatedLibrary('ent11'), profiles } }, found);
    const x = (value: number): Tensor => new Tensor('float32', new Float32Array(64 * 1024).fill(value), [64, 1024]);
    await session.run({ x: x(0) });
    const { weights = 0, contexts = 0, tensors = 0 } = session.stats().memory ?? {};
    await session.dispose();
    const memoryLimit = weights + contexts + tensors + 1000;
    const limited = await open(
      'ent11',
      { engine: { library: emulatedLibrary('ent11'), profiles }, tensorrt: { memoryLimit }, maxConcurrent: 1 },
      found,
    );
    await expect(limited.run({ x: x(1) })).rejects.toMatchObject({ code: 'ENGINERY_DEVICE_MEMORY' });
    expect((await limited.run({ x: x(0) })).places?.dims).toEqual([2, 0]);
    await limited.dispose();
  });

  it('is none on the CPU', async () => {
    const session = await createSession(DIGITS, { backend: 'cpu', tensorrt: { cudaGraph: true } });
    expect(session.stats().memory).toBeNull();
    await session.dispose();
  });
});

describe('weight streaming', () => {
  const streaming = (family: Family, budget: number | string): SessionOptions => ({
    engine: { library: emulatedLibrary(family), weightStreaming: true },
    tensorrt: { weightStreamingBudget: budget },
  });

  it.each(['ent11', 'ent10'] as const)('%s keeps what the budget says on the GPU', async (family) => {
    const all = await open(family);
    const expected = await logits(all, 2, 1);
    await all.dispose();
    const weights = new Map<number | string, number>();
    for (const budget of [0, '16KiB', 'auto', '1GiB']) {
      const session = await open(family, streaming(family, budget));
      expect(await logits(session, 2, 1)).toEqual(expected);
      weights.set(budget, session.stats().memory?.weights as number);
      await session.dispose();
    }
    const [none, some, automatic, every] = [...weights.values()] as [number, number, number, number];
    expect(some).toBe(none + 16 * 1024);
    expect(automatic).toBeGreaterThan(none);
    expect(every).toBeGreaterThan(automatic);
  });

  it('is refused of an engine that was not built for it', async () => {
    await expect(open('ent11', { tensorrt: { weightStreamingBudget: 0 } })).rejects.toMatchObject({
      code: 'ENGINERY_OPTION_UNSUPPORTED',
      message: expect.stringContaining('build it with weightStreaming'),
    });
  });

  it('is refused by TensorRT-RTX', async () => {
    await expect(open('rtx', { tensorrt: { weightStreamingBudget: 'auto' } })).rejects.toMatchObject({
      code: 'ENGINERY_OPTION_UNSUPPORTED',
      message: expect.stringContaining('weightStreamingBudget'),
    });
  });
});

it.each([
  [{ graphs: true }, 'ENGINERY_OPTION_UNSUPPORTED', /tensorrt\.graphs/],
  [{ cudaGraph: 1 }, 'ENGINERY_INVALID_OPTION', /true or false/],
  [{ specializationStrategy: 'fast' }, 'ENGINERY_INVALID_OPTION', /lazy, eager, none/],
  [{ memoryLimit: '2 apples' }, 'ENGINERY_INVALID_OPTION', /memoryLimit/],
  [{ weightStreamingBudget: -1 }, 'ENGINERY_INVALID_OPTION', /weightStreamingBudget/],
])('%o is refused anywhere', async (tensorrt, code, message) => {
  const options = { backend: 'cpu', tensorrt } as unknown as SessionOptions;
  await expect(createSession(DIGITS, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});
