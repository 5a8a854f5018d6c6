// @module-tag choice
// @module-tag engine-cache
// @module-tag engine-files
/** What a program gets that only names its model or its engine. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildEngine, createSession } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { expectNear, topOnes } from '../support/near.js';
import { digits } from '../support/sample-images.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const PROFILES = [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [16, 1, 28, 28] } }];

onEveryGpu((gpu) => {
  test('a GPU where there is one, and the engine of the cache the second time', async () => {
    const { image } = await digits();
    const first = await open(gpu, DIGITS, { backend: 'auto', engine: { profiles: PROFILES } });
    expect(first.backend).toMatchObject({ name: gpu.backend, implementation: 'native', device: { index: 0 } });
    const second = await open(gpu, DIGITS, { backend: 'gpu', engine: { profiles: PROFILES, build: 'never' } });
    expectNear((await second.run({ image })).logits, (await first.run({ image })).logits, 1e-2);
    await Promise.all([first.dispose(), second.dispose()]);
  });

  test('the engine that was built here, with and without its manifest', async () => {
    const { image, labels } = await digits();
    const folder = await temporaryFolder();
    const [engine, bare] = [join(folder, 'digits.engine'), join(folder, 'bare.engine')];
    await buildEngine(DIGITS, { library: gpu.library, output: engine, profiles: PROFILES });
    await copyFile(engine, bare);
    for (const path of [engine, bare]) {
      const session = await createSession(path, {
        backend: gpu.backend,
        engine: { library: gpu.library, build: 'never' },
        trust: path === bare,
      });
      expect(session.backend).toMatchObject({ name: gpu.backend, standIn: null });
      const { logits } = await session.run({ image });
      expect(logits && topOnes(logits)).toEqual(labels);
      await session.dispose();
    }
  });
});
