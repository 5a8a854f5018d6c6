// @module-tag output-sizes
/** Outputs whose size only the run tells: TensorRT asks for their memory while it runs. TensorRT-RTX takes no operator that has one. */
import { expect, test } from 'vitest';
import { Tensor } from '../../dist/index.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { node } from '../support/onnx-writer.js';
import { small } from '../support/small-models.js';

/** Where `x` is not zero, and `x` twice. */
const MODEL = small([node('NonZero', ['x'], ['places']), node('Add', ['x', 'x'], ['twice'])], {
  inputs: { x: ['float32', ['n']] },
  outputs: { places: ['int64', [1, 'found']], twice: ['float32', ['n']] },
});
const PROFILES = [{ x: { min: [1], opt: [1000], max: [100_000] } }];

onEveryGpu((gpu) => {
  if (gpu.backend === 'tensorrt-rtx' && !gpu.emulated) {
    test('they are refused', async () => {
      const opening = open(gpu, MODEL, { engine: { profiles: PROFILES } });
      await expect(opening).rejects.toMatchObject({ code: 'ENGINERY_PARSE_FAILED' });
    });
    return;
  }

  test('they grow, shrink and may be empty, beside others', async () => {
    const session = await open(gpu, MODEL, { engine: { profiles: PROFILES } });
    for (const [length, every] of [
      [10, 2],
      [100_000, 1],
      [5, 5],
      [1000, 0],
      [70_000, 3],
      [1, 1],
    ] as const) {
      const x = Float32Array.from({ length }, (_, i) => (every > 0 && i % every === 0 ? i + 1 : 0));
      const { places, twice } = await session.run(new Tensor('float32', x, [length]));
      const expected = [...x.keys()].filter((i) => x[i] !== 0).map(BigInt);
      expect(places?.dims).toEqual([1, expected.length]);
      expect(places?.data).toEqual(BigInt64Array.from(expected));
      expect(twice?.data).toEqual(x.map((value) => value * 2));
    }
    await session.dispose();
  });
});
