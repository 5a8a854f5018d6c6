// @module-tag refit
/** An engine that takes the weights of another model, with and without CUDA graphs. */
import { expect, test } from 'vitest';
import { createSession, Tensor } from '../../dist/index.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { linear, SIDE } from '../support/linear-model.js';
import { expectNear } from '../support/near.js';

const engine = { refit: true, profiles: [{ x: { min: [1, SIDE], opt: [2, SIDE], max: [8, SIDE] } }] };
const x = new Tensor(
  'float32',
  Float32Array.from({ length: 2 * SIDE }, (_, i) => i / 7),
  [2, SIDE],
);

onEveryGpu((gpu) => {
  test.each([false, true])('CUDA graphs: %s', async (cudaGraph) => {
    const session = await open(gpu, linear(1), { engine, maxConcurrent: 1, tensorrt: { cudaGraph } });
    for (const seed of [1, 2, 3]) {
      if (seed > 1) await session.refit(linear(seed));
      const cpu = await createSession(linear(seed), { backend: 'cpu' });
      const { y: expected } = await cpu.run({ x });
      for (let i = 0; i < 4; i++) expectNear((await session.run({ x })).y, expected, 1e-2);
      await cpu.dispose();
    }
    await session.dispose();
    expect(session.stats().errors).toBe(0);
  });

  test('that was built without weights, and has those of its model first', async () => {
    const session = await open(gpu, linear(1), {
      engine: { profiles: engine.profiles, stripPlan: true },
      maxConcurrent: 1,
    });
    await session.refit(linear(1));
    const cpu = await createSession(linear(1), { backend: 'cpu' });
    expectNear((await session.run({ x })).y, (await cpu.run({ x })).y, 1e-2);
    await Promise.all([session.dispose(), cpu.dispose()]);
  });
});
