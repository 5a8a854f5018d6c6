import { expect, it, vi } from 'vitest';
import type { BenchTarget } from '../../../dist/bench/bench-session.js';
import { compareTargets } from '../../../dist/bench/compare.js';
import { VirtualClock } from '../../support/virtual-clock.js';

it('measures both in turn, and gives the ratio of ours to theirs', async () => {
  const clock = new VirtualClock();
  const turns: string[] = [];
  const taking = (name: string, ms: number): BenchTarget => ({
    inputs: [],
    run: () => {
      if (turns.at(-1) !== name) turns.push(name);
      return clock.sleep(ms);
    },
  });
  const onProgress = vi.fn();
  const options = { warmUp: 0, warmUpRuns: 1, duration: 1, onProgress };
  const comparison = await clock.drive(compareTargets(taking('A', 5), taking('B', 10), options, clock));
  expect(turns).toEqual(Array.from({ length: 22 }, (_, i) => 'AB'[i % 2]));
  expect(comparison.ratio.throughput).toBeCloseTo(2);
  expect(comparison.ratio.latency).toBeCloseTo(0.5);
  expect(comparison.ours).toMatchObject({ runs: 200, warmUpRuns: 1, latency: { median: 5 } });
  expect(comparison.theirs).toMatchObject({ runs: 100, warmUpRuns: 1, latency: { median: 10 } });
  for (const { seconds } of [comparison.ours, comparison.theirs]) expect(seconds).toBeCloseTo(1);
  const fractions = onProgress.mock.calls
    .filter(([{ phase }]) => phase === 'measure')
    .map(([report]) => report.fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
});
