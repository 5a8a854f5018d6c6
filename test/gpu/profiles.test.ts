// @module-tag profiles
/** Shapes that change from run to run, and the profiles that take them. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSession, type Profile, Tensor } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { expectNear } from '../support/near.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const rows = (min: number, opt: number, max: number): Profile => ({
  image: { min: [min, 1, 28, 28], opt: [opt, 1, 28, 28], max: [max, 1, 28, 28] },
});
const images = (count: number): Tensor => {
  const pixels = Float32Array.from({ length: count * 784 }, (_, i) => ((i * 31) % 97) / 97);
  return new Tensor('float32', pixels, [count, 1, 28, 28]);
};

onEveryGpu((gpu) => {
  test('any batch of a profile, the next one of another size or another profile', async () => {
    const profiles = [rows(1, 4, 8), rows(16, 32, 64)];
    const [onGpu, onCpu] = [
      await open(gpu, DIGITS, { engine: { profiles } }),
      await createSession(DIGITS, { backend: 'cpu' }),
    ];
    for (const count of [1, 8, 64, 3, 16, 16, 1, 33, 8]) {
      const feeds = { image: images(count) };
      expectNear((await onGpu.run(feeds)).logits, (await onCpu.run(feeds)).logits, 1e-2);
    }
    await expect(onGpu.run({ image: images(12) })).rejects.toMatchObject({ code: 'ENGINERY_INVALID_FEED' });
    await expect(onGpu.run({ image: images(65) })).rejects.toMatchObject({ code: 'ENGINERY_INVALID_FEED' });
    await Promise.all([onGpu.dispose(), onCpu.dispose()]);
  });

  test('rows of several callers as one batch', async () => {
    const session = await open(gpu, DIGITS, { engine: { profiles: [rows(1, 8, 16)] } });
    const alone = await Promise.all([1, 3, 2].map((count) => session.run({ image: images(count) })));
    const together = await session.runRows([1, 3, 2].map((count) => ({ image: images(count) })));
    for (const [i, { logits }] of together.entries()) expectNear(logits, alone[i]?.logits, 1e-2);
    await session.dispose();
  });
});
