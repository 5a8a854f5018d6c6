// @module-tag output-places
/** Outputs that TensorRT may want over an input, or in the CPU's memory: wherever they lie, they are right. */
import { expect, test } from 'vitest';
import { Tensor } from '../../dist/index.js';
import { onEveryGpu, open, openUnless } from '../support/gpu.js';
import { node } from '../support/onnx-writer.js';
import { one, small } from '../support/small-models.js';

const SHAPE = small([node('Shape', ['x'], ['shape']), node('Neg', ['x'], ['minus'])], {
  inputs: { x: ['float32', ['n', 2]] },
  outputs: { shape: ['int64', [2]], minus: ['float32', ['n', 2]] },
});
/** A cache of 4 rows, one of which is written over at `at`. */
const CACHE = one(
  'TensorScatter',
  {},
  {
    inputs: { past: ['float32', [1, 1, 4, 2]], update: ['float32', [1, 1, 1, 2]], at: ['int64', [1]] },
    outputs: { now: ['float32', [1, 1, 4, 2]] },
    opset: 24,
  },
);

onEveryGpu((gpu) => {
  test('a shape, beside a tensor', async () => {
    const profiles = [{ x: { min: [1, 2], opt: [4, 2], max: [8, 2] } }];
    const session = await open(gpu, SHAPE, { maxConcurrent: 1, engine: { profiles } });
    for (const rows of [1, 3, 3, 8]) {
      const x = Float32Array.from({ length: rows * 2 }, (_, i) => i + 1);
      const { shape, minus } = await session.run({ x: new Tensor('float32', x, [rows, 2]) });
      expect(shape?.data).toEqual(BigInt64Array.of(BigInt(rows), 2n));
      expect(minus?.data).toEqual(x.map((value) => -value));
    }
    await session.dispose();
  });

  test.for([false, true])('a cache that is written over, CUDA graphs: %s', async (cudaGraph, context) => {
    const options = { maxConcurrent: 1, tensorrt: { cudaGraph } };
    const session = await openUnless('ENGINERY_PARSE_FAILED', gpu, CACHE, options);
    if (session === undefined) return context.skip('needs a GPU with a TensorRT that takes TensorScatter');
    const cache = session.allocateTensor('float32', [1, 1, 4, 2]);
    const past = new Tensor('float32', new Float32Array(8), [1, 1, 4, 2]);
    for (let at = 0; at < 4; at++) {
      const update = new Tensor('float32', Float32Array.of(10 * at, 10 * at + 1), [1, 1, 1, 2]);
      const feeds = { update, at: new Tensor('int64', BigInt64Array.of(BigInt(at)), [1]) };
      const { now } = await session.run({ past, ...feeds });
      expect(now?.data).toEqual(new Float32Array(8).map((_, i) => (i >> 1 === at ? 10 * at + (i & 1) : 0)));
      await session.run({ past: cache, ...feeds }, { outputs: { now: cache } });
    }
    expect(past.data).toEqual(new Float32Array(8));
    expect(cache.data).toEqual(Float32Array.of(0, 1, 10, 11, 20, 21, 30, 31));
    await session.dispose();
  });
});
