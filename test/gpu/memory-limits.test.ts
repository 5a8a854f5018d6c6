// @module-tag memory
/** How much of the GPU's memory a session may take, and how much of its weights it keeps there. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSession, Tensor } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open, openUnless } from '../support/gpu.js';
import { expectNear } from '../support/near.js';
import { digits } from '../support/sample-images.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const MANY = 1024;
const engine = { profiles: [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [MANY, 1, 28, 28] } }] };
const images = (rows: number): Tensor => new Tensor('float32', new Float32Array(rows * 784), [rows, 1, 28, 28]);

onEveryGpu((gpu) => {
  test('memoryLimit refuses what would be more, and leaves the session usable', async () => {
    const free = await open(gpu, DIGITS, { engine, maxConcurrent: 1 });
    await free.run({ image: images(1) });
    const { weights = 0, contexts = 0, tensors = 0 } = free.stats().memory ?? {};
    await free.dispose();
    const memoryLimit = weights + contexts + tensors;
    const limited = await open(gpu, DIGITS, { engine, maxConcurrent: 1, tensorrt: { memoryLimit } });
    await expect(limited.run({ image: images(MANY) })).rejects.toMatchObject({ code: 'ENGINERY_DEVICE_MEMORY' });
    expect((await limited.run({ image: images(1) })).logits?.dims).toEqual([1, 10]);
    await limited.dispose();
  });

  if (gpu.backend === 'tensorrt') {
    test('weightStreamingBudget leaves weights in the CPU’s memory, and changes no result', async (context) => {
      const { image } = await digits();
      const cpu = await createSession(DIGITS, { backend: 'cpu' });
      const { logits: expected } = await cpu.run({ image });
      const kept: number[] = [];
      for (const weightStreamingBudget of [0, 'auto', '1GiB']) {
        const options = { engine: { ...engine, weightStreaming: true }, tensorrt: { weightStreamingBudget } };
        const session = await openUnless('ENGINERY_OPTION_UNSUPPORTED', gpu, DIGITS, options);
        if (session === undefined) return context.skip('needs a GPU with TensorRT 10.1 or newer');
        expectNear((await session.run({ image })).logits, expected, 1e-2);
        kept.push(session.stats().memory?.weights as number);
        await session.dispose();
      }
      expect(kept).toEqual(kept.toSorted((a, b) => a - b));
      expect(kept[0]).toBeLessThan(kept[2] as number);
      await cpu.dispose();
    });
  }
});
