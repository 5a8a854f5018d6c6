// @module-tag device-tensors
// @module-tag memory
/** Outputs that stay on the GPU and are fed from there; tensors that a GPU copies from and to by itself. */
import { expect, test } from 'vitest';
import { createSession, Tensor } from '../../dist/index.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { linear, SIDE } from '../support/linear-model.js';
import { expectNear } from '../support/near.js';

const ROWS = 4096;
const engine = { profiles: [{ x: { min: [1, SIDE], opt: [ROWS, SIDE], max: [ROWS, SIDE] } }] };
const values = (): Float32Array => Float32Array.from({ length: ROWS * SIDE }, (_, i) => Math.sin(i));

onEveryGpu((gpu) => {
  test('one model feeds the next without leaving the GPU', async () => {
    const [first, second] = await Promise.all([open(gpu, linear(1), { engine }), open(gpu, linear(2), { engine })]);
    const [cpuFirst, cpuSecond] = await Promise.all(
      [1, 2].map((seed) => createSession(linear(seed), { backend: 'cpu' })),
    );
    const x = new Tensor('float32', values(), [ROWS, SIDE]);
    const { y: between } = (await cpuFirst?.run({ x })) ?? {};
    const { y: expected } = (await cpuSecond?.run({ x: between as Tensor })) ?? {};
    const { y } = await first.run({ x }, { outputs: { y: 'cuda' } });
    expectNear(await y.download(), between, 1e-2);
    const results = await Promise.all([1, 2, 3].map(() => second.run({ x: y })));
    y.dispose();
    for (const result of results) expectNear(result.y, expected, 1e-2);
    expect(first.stats().deviceTensors).toEqual({ count: 0, bytes: 0 });
    await Promise.all([first, second, cpuFirst, cpuSecond].map((session) => session?.dispose()));
  });

  test.each([false, true])('pinned tensors are read and written in place, CUDA graphs: %s', async (cudaGraph) => {
    const session = await open(gpu, linear(1), { engine, maxConcurrent: 1, tensorrt: { cudaGraph } });
    const x = await session.allocatePinnedTensor('float32', [ROWS, SIDE]);
    const y = await session.allocatePinnedTensor('float32', [ROWS, SIDE]);
    for (const scale of [1, 2, 3, 4]) {
      x.data.set(values().map((value) => scale * value));
      const { y: expected } = await session.run({ x });
      await session.run({ x }, { borrow: true, outputs: { y } });
      expectNear(y, expected, 1e-3);
    }
    await session.dispose();
  });
});
