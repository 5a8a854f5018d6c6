// @module-tag memory
// @module-tag gpu
/** Memory of the device, which sessions give back. Nothing else may use the GPU meanwhile. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Tensor } from '../../dist/index.js';
import { output, ROOT } from '../support/commands.js';
import { usedMemory } from '../support/device-memory.js';
import { onEveryGpu, open, type TestGpu } from '../support/gpu.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const INDEX = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);
const engine = { profiles: [{ image: { min: [1, 1, 28, 28], opt: [64, 1, 28, 28], max: [1024, 1, 28, 28] } }] };
const IMAGES = new Tensor('float32', new Float32Array(1024 * 784), [1024, 1, 28, 28]);
/** The driver hands memory out in pieces of 2 MiB, and keeps some. */
const PIECES = 8;

async function cycle(gpu: TestGpu): Promise<void> {
  const session = await open(gpu, DIGITS, { maxConcurrent: 4, engine });
  await Promise.all(Array.from({ length: 8 }, () => session.run({ image: IMAGES })));
  await session.dispose();
}

onEveryGpu((gpu) => {
  test('sessions come and go, and take no more than the first one', async (context) => {
    await usedMemory(gpu, context); // whether it can be told
    await cycle(gpu); // TensorRT's own share of the process stays
    const before = await usedMemory(gpu, context);
    for (let i = 0; i < 20; i++) await cycle(gpu);
    expect((await usedMemory(gpu, context)) - before).toBeLessThanOrEqual(PIECES);
  });

  test('a process that ends leaves nothing', async (context) => {
    const before = await usedMemory(gpu, context);
    const options = { backend: gpu.backend, engine: { ...engine, library: gpu.library } };
    const script = `
      const { createSession } = await import(${INDEX});
      const session = await createSession(${JSON.stringify(DIGITS)}, ${JSON.stringify(options)});
      await session.run({ image: { type: 'float32', dims: [8, 1, 28, 28], data: new Float32Array(8 * 784) } });
      process.exit(0);`; // without dispose()
    await output(process.execPath, ['--input-type=module', '-e', script]);
    await sleep(1000); // the driver takes its time
    expect((await usedMemory(gpu, context)) - before).toBeLessThanOrEqual(PIECES);
  });
});
