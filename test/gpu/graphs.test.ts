// @module-tag graphs
// @module-tag device-tensors
/** CUDA graphs give what runs without them give, whatever changes in between. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSession, Tensor } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { linear, SIDE } from '../support/linear-model.js';
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

  test('of runs that are fed with one tensor on the GPU, then with another', async () => {
    const profiles = [{ x: { min: [1, SIDE], opt: [8, SIDE], max: [8, SIDE] } }];
    const options = { engine: { profiles }, maxConcurrent: 1 };
    const [copy, graphs, cpu] = await Promise.all([
      open(gpu, linear(1), options),
      open(gpu, linear(2), { ...options, tensorrt: { cudaGraph: true } }),
      createSession(linear(2), { backend: 'cpu' }),
    ]);
    const places = await Promise.all(
      [1, 2].map(async (scale) => {
        const data = Float32Array.from({ length: 8 * SIDE }, (_, i) => scale * Math.sin(i));
        const { y } = await copy.run({ x: new Tensor('float32', data, [8, SIDE]) }, { outputs: { y: 'cuda' } });
        return { y, expected: (await cpu.run({ x: await y.download() })).y };
      }),
    );
    for (let round = 0; round < 6; round++) {
      for (const { y, expected } of places) expectNear((await graphs.run({ x: y })).y, expected, 1e-2);
    }
    for (let run = 0; run < 4; run++) {
      for (const { y, expected } of places) {
        const { y: kept } = await graphs.run({ x: y }, { outputs: { y: 'cuda' } });
        expectNear(await kept.download(), expected, 1e-2);
        kept.dispose();
      }
    }
    for (const { y } of places) y.dispose();
    await Promise.all([copy, graphs, cpu].map((session) => session.dispose()));
  });
});
