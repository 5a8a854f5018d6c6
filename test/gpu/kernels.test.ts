// @module-tag kernels
/** TensorRT-RTX compiles kernels when an engine first runs, and keeps them in a file for the next time. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder } from '../../dist/libraries/folders.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { topOnes } from '../support/near.js';
import { digits } from '../support/sample-images.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const engine = { profiles: [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [16, 1, 28, 28] } }] };

onEveryGpu((gpu) => {
  test('a file for TensorRT-RTX, and none for TensorRT', async () => {
    const { image, labels } = await digits();
    const folder = join(cacheFolder(), 'kernels');
    const kept = (): Promise<string[]> => readdir(folder).catch(() => []);
    const before = await kept();
    for (const start of ['first', 'second']) {
      const session = await open(gpu, DIGITS, { engine });
      const began = performance.now();
      const { logits } = await session.run({ image });
      console.log(`${gpu.title}: the ${start} start's first run took ${(performance.now() - began).toFixed(1)} ms`);
      expect(logits && topOnes(logits)).toEqual(labels);
      await session.dispose();
    }
    const added = (await kept()).filter((file) => !before.includes(file));
    expect(added).toHaveLength(gpu.backend === 'tensorrt-rtx' ? 1 : 0);
    for (const file of added) expect((await stat(join(folder, file))).size).toBeGreaterThan(0);
  });

  if (gpu.backend === 'tensorrt-rtx') {
    test.each(['lazy', 'eager', 'none'] as const)('specialized for the shapes of a run: %s', async (strategy) => {
      const { image, labels } = await digits();
      const session = await open(gpu, DIGITS, { engine, tensorrt: { specializationStrategy: strategy } });
      for (let run = 0; run < 3; run++) {
        const { logits } = await session.run({ image });
        expect(logits && topOnes(logits)).toEqual(labels);
      }
      await session.dispose();
    });
  }
});
