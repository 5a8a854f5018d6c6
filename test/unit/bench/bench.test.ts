import { expect, it, vi } from 'vitest';
import { bench } from '../../../dist/bench/bench.js';
import type { BenchOptions, BenchResult, BenchTarget } from '../../../dist/bench/bench-session.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const INPUTS: BenchTarget['inputs'] = [{ name: 'x', kind: 'tensor', type: 'float32', dims: ['n', 2] }];

/** A session that takes 1 ms to enqueue a run and 9 ms to compute it, on as many threads as there are runs. */
class Fake implements BenchTarget {
  readonly inputs = INPUTS;
  readonly clock: VirtualClock = new VirtualClock();
  started = 0;
  inFlight = 0;
  most = 0;
  readonly #last: { readonly run: number; readonly compute: number } | undefined;

  /** @param last - A run that takes another time. */
  constructor(last?: { readonly run: number; readonly compute: number }) {
    this.#last = last;
  }

  run(): Promise<void> {
    this.started += 1;
    this.inFlight += 1;
    this.most = Math.max(this.most, this.inFlight);
    this.clock.spend(1);
    return this.clock.sleep(this.#last?.run === this.started ? this.#last.compute : 9).then(() => {
      this.inFlight -= 1;
    });
  }
}

const measured = (fake: Fake, options: BenchOptions): Promise<BenchResult> =>
  fake.clock.drive(bench(fake, options, fake.clock));

it('measures one run after the other', async () => {
  const fake = new Fake();
  const result = await measured(fake, { warmUp: 100, duration: 1, iterations: 10, percentiles: [90] });
  expect(result).toMatchObject({ runs: 100, warmUpRuns: 10, seconds: 1, throughput: 100 });
  expect(result.latency).toEqual({ min: 10, max: 10, mean: 10, median: 10, percentiles: { '90': 10 } });
  expect(result.enqueue.median).toBe(1);
  expect(result.compute.median).toBe(9);
  expect(result.h2d).toEqual({ min: 0, max: 0, mean: 0, median: 0, percentiles: { '90': 0 } });
  expect(result.times[1]).toEqual({ due: 10, start: 10, enqueued: 11, end: 20 });
  expect([fake.started, fake.most]).toEqual([110, 1]);
});

it.each([
  [{ duration: 0, iterations: 7 }, 7],
  [{ duration: 0.1, iterations: 50 }, 50],
  [{ duration: 0.1, iterations: 1 }, 10],
])('goes on until both iterations and duration are reached: %j', async (limits, runs) => {
  const result = await measured(new Fake(), { ...limits, warmUp: 0, warmUpRuns: 3 });
  expect(result).toMatchObject({ runs, warmUpRuns: 3 });
});

it('keeps as many runs in flight as there are streams', async () => {
  const fake = new Fake();
  const { throughput } = await measured(fake, { streams: 4, warmUp: 0, duration: 1 });
  expect(fake.most).toBe(4);
  expect(throughput).toBeGreaterThan(250);
});

it('at a rate, starts runs when they are due, whatever the others do', async () => {
  const fake = new Fake();
  const { runs, times, latency } = await measured(fake, { rate: 200, warmUp: 0, duration: 5, seed: 1 });
  expect(Math.abs(runs - 1000)).toBeLessThan(100);
  expect(fake.most).toBeGreaterThan(2);
  expect(latency.min).toBeCloseTo(10);
  for (const { due, start } of times) expect(start).toBeGreaterThanOrEqual(due);
});

it('counts a run that waits from when it was due: one that hangs is not forgiven to those behind it', async () => {
  const hang = { run: 20, compute: 1000 };
  const fake = new Fake(hang);
  const { latency, times } = await measured(fake, { rate: 50, streams: 1, warmUp: 0, duration: 4, seed: 1 });
  expect(fake.most).toBe(1);
  const late = times.filter(({ due, end }) => end - due > 500);
  // At 50 runs per second, about 25 were due in the first half of that second.
  expect(late.length).toBeGreaterThan(12);
  expect(late.every(({ start, end }) => [10, 1001].includes(Math.round(end - start)))).toBe(true);
  expect(latency.max).toBeGreaterThan(1000);
});

it('arrivals are the same for the same seed', async () => {
  const due = async (seed: number): Promise<number[]> => {
    const { times } = await measured(new Fake(), { rate: 100, warmUp: 0, duration: 0, iterations: 5, seed });
    return times.map((time) => time.due);
  };
  expect(await due(3)).toEqual(await due(3));
  expect(await due(3)).not.toEqual(await due(4));
});

it('reports how far it is, ten times a second', async () => {
  const onProgress = vi.fn();
  await measured(new Fake(), { warmUp: 200, duration: 1, onProgress });
  const reports = onProgress.mock.calls.map(([{ phase, fraction }]) => `${phase} ${fraction}`);
  expect(reports).toContain('warm-up 0.05');
  expect(reports.filter((text) => text.startsWith('measure')).slice(0, 3)).toEqual([
    'measure 0.01',
    'measure 0.11',
    'measure 0.21',
  ]);
});

it.each(['closed', 'open'])('ends when a run fails, or the signal says so: %s loop', async (kind) => {
  const rate = kind === 'open' ? 1000 : undefined;
  const failing = new Fake();
  failing.run = async () => {
    failing.started += 1;
    await failing.clock.sleep(5);
    throw new Error('no luck');
  };
  await expect(measured(failing, { rate, streams: 3, warmUp: 0 })).rejects.toThrow('no luck');
  expect(failing.started).toBeLessThan(7);

  const controller = new AbortController();
  const stopped = new Fake();
  const work = measured(stopped, { rate, warmUp: 0, signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(work).rejects.toThrow('enough');
});

it.each<[BenchOptions, string]>([
  [{ streams: 0 }, 'streams is 0'],
  [{ rate: 0 }, 'rate is 0'],
  [{ rate: Number.POSITIVE_INFINITY }, 'rate is Infinity'],
  [{ duration: -1 }, 'duration is -1'],
  [{ warmUp: Number.NaN }, 'warmUp is NaN'],
  [{ iterations: 1.5 }, 'iterations is 1.5'],
  [{ percentiles: [101] }, 'percentiles is 101'],
  [{ seed: 0.5 }, 'seed is 0.5'],
])('refuses %j', async (options, message) => {
  await expect(bench(new Fake(), options)).rejects.toMatchObject({
    code: 'ENGINERY_INVALID_OPTION',
    message: expect.stringContaining(message),
  });
});
