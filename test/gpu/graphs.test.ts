// @module-tag graphs
/** CUDA graphs give what runs without them give, whatever changes in between. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Tensor } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { expectNear } from '../support/near.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const engine = { profiles: [{ image: { min: [1, 1, 28, 28], opt: [4, 1, 28, 28], max: [8, 1, 28, 28] } }] };
const images = (rows: number, seed: number): Tensor => {
  const pixels = Float32Array.from({ length: rows * 784 }, (_, i) => ((i * (seed + 3)) % 89) / 89);
  return new Tensor('float32', pixels, [rows, 1, 28, 28]);
};

onEveryGpu((gpu) => {
  test('of runs whose shapes change', async () => {
    const lines: string[] = [];
    const [graphs, plain] = await Promise.all([
      open(gpu, DIGITS, {
        engine,
        maxConcurrent: 1,
        tensorrt: { cudaGraph: true },
        onLog: ({ message }) => lines.push(message),
      }),
      open(gpu, DIGITS, { engine }),
    ]);
    for (const rows of [1, 1, 1, 1, 8, 8, 8, 1, 1, 1]) {
      for (const seed of [0, 1, 2]) {
        const [{ logits }, { logits: expected }] = await Promise.all([
          graphs.run({ image: images(rows, seed) }),
          plain.run({ image: images(rows, seed) }),
        ]);
        expectNear(logits, expected, 1e-3); // kernels may add up in another order
      }
    }
    await Promise.all([graphs.dispose(), plain.dispose()]);
    expect(lines.filter((line) => line.startsWith('No CUDA graph'))).toEqual([]);
  });
});
