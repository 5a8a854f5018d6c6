// @module-tag streams
/** Several runs at a time, each on a stream of its own: all right, and how many there are in a second. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSession, type Profile, Tensor } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { expectNear } from '../support/near.js';
import { SHARE } from '../support/soak.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const BATCH = 8;
const RUNS = Math.max(64, Math.round(4000 * SHARE));
const IN_FLIGHT = 32;
const PROFILE: Profile = { image: { min: [1, 1, 28, 28], opt: [BATCH, 1, 28, 28], max: [BATCH, 1, 28, 28] } };
const images = (seed: number): Tensor => {
  const pixels = Float32Array.from({ length: BATCH * 784 }, (_, i) => ((i * (seed + 3)) % 89) / 89);
  return new Tensor('float32', pixels, [BATCH, 1, 28, 28]);
};

onEveryGpu((gpu) => {
  test.each([1, 2, 4])('%i at a time', async (maxConcurrent) => {
    const cpu = await createSession(DIGITS, { backend: 'cpu' });
    const known = await Promise.all(Array.from({ length: 7 }, (_, i) => cpu.run({ image: images(i) })));
    const session = await open(gpu, DIGITS, { maxConcurrent, engine: { profiles: [PROFILE] } });
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = next++; i < RUNS; i = next++) {
        const { logits } = await session.run({ image: images(i % known.length) });
        expectNear(logits, known[i % known.length]?.logits, 1e-2);
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    const perSecond = RUNS / ((performance.now() - began) / 1000);
    console.log(`${gpu.title}: maxConcurrent ${maxConcurrent}: ${perSecond.toFixed(0)} runs/s of ${BATCH} digits`);
    expect(session.stats()).toMatchObject({ runs: RUNS, errors: 0, inFlight: 0, queued: 0 });
    await Promise.all([session.dispose(), cpu.dispose()]);
  });
});
