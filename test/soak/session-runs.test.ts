// @module-tag endurance
/** Sessions that worker threads share for a million runs: each gives what it has to, all are counted, and no memory is lost. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSession } from '../../dist/session/create-session.js';
import type { SessionStats } from '../../dist/session/run-times.js';
import { ROOT } from '../support/commands.js';
import { node } from '../support/onnx-writer.js';
import { small } from '../support/small-models.js';
import { inProcess, megabytes, SEED, SHARE, table } from '../support/soak.js';

const WORKERS = 2;
/** A multiple of what the workers have under way at a time, in both halves. */
const RUNS = 32 * Math.round(31_250 * SHARE);
/** A block lost in every run, of the 32 bytes that malloc takes at least, would be 15 MB. Chance alone makes up to 7. */
const MOST_GROWN = 12 * 2 ** 20;

interface Report {
  readonly half: number;
  readonly end: number;
  readonly told: readonly {
    readonly counts: Readonly<Record<'right' | 'aborted' | 'timedOut' | 'refused' | 'failed', number>>;
    readonly stats: readonly SessionStats[];
  }[];
}

/** What test/soak/soak-models.mjs feeds. */
const MODELS = {
  floats: small([node('Neg', ['x'], ['negative']), node('Add', ['x', 'x'], ['double'])], {
    inputs: { x: ['float32', ['n', 2]] },
    outputs: { negative: ['float32', ['n', 2]], double: ['float32', ['n', 2]], x: ['float32', ['n', 2]] },
  }),
  sums: small([node('Add', ['a', 'b'], ['sum'])], {
    inputs: { a: ['int64', ['n', 4]], b: ['int64', ['n', 4]] },
    outputs: { sum: ['int64', ['n', 4]] },
  }),
  texts: small([node('Identity', ['x'], ['y'])], {
    inputs: { x: ['string', ['n']] },
    outputs: { y: ['string', ['n']] },
  }),
};

/** Images and their logits, which `onnxruntime-node` computes: nothing that is tested here. */
async function knownDigits(digits: Buffer): Promise<{ image: Float32Array; logits: Float32Array }[]> {
  const session = await createSession(digits, { backend: 'onnxruntime-worker' });
  const all = Array.from({ length: 10 }, async (_, index) => {
    const image = Float32Array.from({ length: 784 }, (_, i) => ((i * (index + 1)) % 29) / 29);
    const { logits } = await session.run({ image: { type: 'float32', dims: [1, 1, 28, 28], data: image } });
    return { image, logits: logits?.data as Float32Array };
  });
  const known = await Promise.all(all);
  await session.dispose();
  return known;
}

test(`${RUNS} runs of 4 sessions that ${WORKERS} workers share`, async () => {
  console.log(`ENGINERY_SOAK_SEED=${SEED}`);
  const digits = await readFile(join(ROOT, 'examples/digits/digits.onnx'));
  const began = performance.now();
  const { half, end, told } = await inProcess<Report>('session-runs.mjs', {
    models: { ...MODELS, digits },
    known: await knownDigits(digits),
    seed: SEED,
    runs: RUNS,
    workers: WORKERS,
  });
  const counted = (name: keyof Report['told'][number]['counts']): number =>
    told.reduce((sum, { counts }) => sum + counts[name], 0);
  const stats = told.flatMap((worker) => worker.stats);
  const inAll = (name: 'runs' | 'errors' | 'inFlight' | 'queued'): number =>
    stats.reduce((sum, session) => sum + session[name], 0);
  console.log(
    table({
      runs: RUNS,
      seconds: Math.round((performance.now() - began) / 1000),
      'gave the right values': counted('right'),
      'were aborted': counted('aborted'),
      'took longer than their timeout': counted('timedOut'),
      'were wrong, and refused': counted('refused'),
      'stats(): runs': inAll('runs'),
      'stats(): errors': inAll('errors'),
      'resident memory at half time': megabytes(half),
      'resident memory at the end': megabytes(end),
      [`grown (most: ${megabytes(MOST_GROWN)})`]: megabytes(end - half),
    }),
  );
  expect(counted('right') + counted('aborted') + counted('timedOut') + counted('refused')).toBe(RUNS);
  expect(inAll('runs')).toBe(counted('right'));
  expect(inAll('errors')).toBe(counted('failed'));
  expect([inAll('inFlight'), inAll('queued')]).toEqual([0, 0]);
  expect(Math.min(counted('aborted'), counted('timedOut'), counted('refused'))).toBeGreaterThan(0);
  expect(end - half).toBeLessThanOrEqual(MOST_GROWN);
});
