// @module-tag output-places
/** Outputs that TensorRT writes over an input, or into the CPU's memory, on emulated GPUs. */
import { afterEach, describe, expect, it } from 'vitest';
import { createSession, type Session, Tensor } from '../../dist/index.js';
import { floats } from '../support/contract-models.js';
import { EMULATED_BACKENDS, machineOfThisFile } from '../support/emulator.js';
import { graph, model, node, value } from '../support/onnx-writer.js';

/** `now` is `past` with `update` written over it at `at`: a cache, which TensorRT updates in place. */
const CACHE = model(
  graph({
    nodes: [node('TensorScatter', ['past', 'update', 'at'], ['now'])],
    inputs: [value('past', 'float32', [1, 4, 2]), value('update', 'float32', [1, 'n', 2]), value('at', 'int64', [1])],
    outputs: [value('now', 'float32', [1, 4, 2])],
  }),
  { opset: 24, irVersion: 10 },
);
const SHAPE = model(
  graph({
    nodes: [node('Shape', ['x'], ['shape']), node('Neg', ['x'], ['minus'])],
    inputs: [value('x', 'float32', ['n', 2])],
    outputs: [value('shape', 'int64', [2]), value('minus', 'float32', ['n', 2])],
  }),
);
/** Leaves a cache on the GPU. */
const COPY = model(
  graph({
    nodes: [node('Identity', ['x'], ['y'])],
    inputs: [value('x', 'float32', [1, 'n', 2])],
    outputs: [value('y', 'float32', [1, 'n', 2])],
  }),
);

machineOfThisFile();
const sessions: Session[] = [];
afterEach(() => Promise.all(sessions.splice(0).map((session) => session.dispose())));

describe.each(EMULATED_BACKENDS)('on $title', (backend) => {
  async function open(of: Buffer): Promise<Session> {
    const session = await createSession(of, { ...(await backend.sessionOptions(of)), maxConcurrent: 1 });
    sessions.push(session);
    return session;
  }

  const past = new Tensor('float32', new Float32Array(8), [1, 4, 2]);
  const feedsOf = (first: number, at: number) => ({
    update: new Tensor('float32', Float32Array.of(first, first + 1), [1, 1, 2]),
    at: new Tensor('int64', BigInt64Array.of(BigInt(at)), [1]),
  });

  it('an output over its input leaves the feed as it was', async () => {
    const session = await open(CACHE);
    const { now } = await session.run({ past, ...feedsOf(5, 2) });
    expect(now?.data).toEqual(Float32Array.of(0, 0, 0, 0, 5, 6, 0, 0));
    expect(past.data).toEqual(new Float32Array(8));
  });

  it('a cache is kept by writing the output into the feed', async () => {
    const session = await open(CACHE);
    const cache = session.allocateTensor('float32', [1, 4, 2]);
    for (let at = 0; at < 4; ++at) {
      await session.run({ past: cache, ...feedsOf(10 * at, at) }, { outputs: { now: cache } });
    }
    expect(cache.data).toEqual(Float32Array.of(0, 1, 10, 11, 20, 21, 30, 31));
  });

  it('an output over its input does not stay on the GPU, nor lies its feed there', async () => {
    const session = await open(CACHE);
    await expect(session.run({ past, ...feedsOf(1, 0) }, { outputs: { now: 'cuda' } })).rejects.toMatchObject({
      code: 'ENGINERY_OPTION_UNSUPPORTED',
      message:
        'Output "now" is written over input "past", in memory that the next run uses again: it cannot stay on the GPU.',
    });
    const { y } = await (await open(COPY)).run({ x: past }, { outputs: { y: 'cuda' } });
    await expect(session.run({ past: y, ...feedsOf(1, 0) })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_FEED',
      message:
        'Input "past": the engine writes its output "now" over it, and the tensor lies on a GPU: feed what its download() gives',
    });
    const { now } = await session.run({ past: await y.download(), ...feedsOf(1, 0) });
    expect(now?.data).toEqual(Float32Array.of(1, 2, 0, 0, 0, 0, 0, 0));
    expect((await y.download()).data).toEqual(new Float32Array(8));
    y.dispose();
  });

  it('an output that is a shape is given by the CPU, and does not stay on the GPU', async () => {
    const session = await open(SHAPE);
    for (const rows of [1, 3, 3, 2]) {
      const { data } = floats(...Array(rows * 2).keys());
      const { shape, minus } = await session.run({ x: new Tensor('float32', data as Float32Array, [rows, 2]) });
      expect(shape?.data).toEqual(BigInt64Array.of(BigInt(rows), 2n));
      expect(minus?.dims).toEqual([rows, 2]);
    }
    const x = new Tensor('float32', new Float32Array(2), [1, 2]);
    await expect(session.run({ x }, { outputs: { shape: 'cuda' } })).rejects.toMatchObject({
      code: 'ENGINERY_OPTION_UNSUPPORTED',
      message: 'Output "shape" holds a shape, which TensorRT gives in the CPU\'s memory: it cannot stay on the GPU.',
    });
  });
});
