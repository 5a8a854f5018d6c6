// @module-tag endurance
/** A minute of runs that end, are aborted or are wrong, while other sessions come and go: results and counts stay right. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSession, type Profile, Tensor } from '../../dist/index.js';
import { seededRandom } from '../../dist/stats/random.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { expectNear } from '../support/near.js';
import { SEED, SHARE } from '../support/soak.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const MILLISECONDS = 60_000 * SHARE;
const MOST_ROWS = 16;
const PROFILE: Profile = { image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [MOST_ROWS, 1, 28, 28] } };
const images = (rows: number): Tensor => {
  const pixels = Float32Array.from({ length: rows * 784 }, (_, i) => ((i * (rows + 3)) % 83) / 83);
  return new Tensor('float32', pixels, [rows, 1, 28, 28]);
};

onEveryGpu((gpu) => {
  test('all that was asked for comes, for as long as it lasts', async () => {
    console.log(`ENGINERY_SOAK_SEED=${SEED}`);
    const random = seededRandom(SEED);
    const cpu = await createSession(DIGITS, { backend: 'cpu' });
    const feeds = Array.from({ length: MOST_ROWS }, (_, i) => ({ image: images(i + 1) }));
    const known = await Promise.all(feeds.map((feed) => cpu.run(feed)));
    const opened = () => open(gpu, DIGITS, { maxConcurrent: 4, engine: { profiles: [PROFILE] } });
    const session = await opened();
    const counts = { right: 0, aborted: 0, refused: 0, sessions: 0 };

    const once = async (): Promise<void> => {
      const kind = random();
      const pick = Math.floor(random() * MOST_ROWS);
      if (kind < 0.1) {
        const controller = new AbortController();
        const run = session.run(feeds[pick] as (typeof feeds)[0], { signal: controller.signal });
        controller.abort();
        await expect(run).rejects.toMatchObject({ name: 'AbortError' });
        counts.aborted++;
      } else if (kind < 0.15) {
        const run = session.run({ image: images(MOST_ROWS + 1) });
        await expect(run).rejects.toMatchObject({ code: 'ENGINERY_INVALID_FEED' });
        counts.refused++;
      } else if (kind < 0.16) {
        const other = await opened();
        expectNear((await other.run(feeds[pick] as (typeof feeds)[0])).logits, known[pick]?.logits, 1e-2);
        await other.dispose();
        counts.sessions++;
      } else {
        expectNear((await session.run(feeds[pick] as (typeof feeds)[0])).logits, known[pick]?.logits, 1e-2);
        counts.right++;
      }
    };
    const end = performance.now() + MILLISECONDS;
    const worker = async (): Promise<void> => {
      while (performance.now() < end) await once();
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    console.log(`${gpu.title}: ${JSON.stringify(counts)}`);
    expect(counts.right).toBeGreaterThan(0);
    expect(session.stats()).toMatchObject({ runs: counts.right, inFlight: 0, queued: 0 });
    await Promise.all([session.dispose(), cpu.dispose()]);
  });
});
