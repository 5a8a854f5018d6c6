/** What the times of single runs say together. */

import { summarize } from '../stats/summary.js';
import type { BenchResult, BenchTarget, RunTimes } from './bench-session.js';

/** Milliseconds from when a run was due to its end. */
export function latencyOf({ due, end }: RunTimes): number {
  return end - due;
}

/** Whether copies to and from a device are part of a run's time. */
export function timesIncludeCopies({ backend }: Pick<BenchTarget, 'backend'>): boolean {
  return backend !== undefined && backend.device !== null;
}

/**
 * @param target - What was measured.
 * @param seconds - Time that the runs took together.
 * @param percentiles - Those to give.
 */
export function resultOf(
  target: Pick<BenchTarget, 'backend'>,
  times: readonly RunTimes[],
  seconds: number,
  warmUpRuns: number,
  percentiles: readonly number[],
): BenchResult {
  const summaryOf = (value: (run: RunTimes) => number): BenchResult['latency'] =>
    summarize(times.map(value), percentiles);
  const transfer = timesIncludeCopies(target) ? undefined : summaryOf(() => 0);
  return {
    runs: times.length,
    warmUpRuns,
    seconds,
    throughput: times.length / seconds,
    latency: summaryOf(latencyOf),
    enqueue: summaryOf(({ start, enqueued }) => enqueued - start),
    ...(transfer && { h2d: transfer }),
    compute: summaryOf(({ enqueued, end }) => end - enqueued),
    ...(transfer && { d2h: transfer }),
    times,
  };
}

/** Seconds from the start of a measurement to the end of its last run. */
export function secondsOf(times: readonly RunTimes[]): number {
  return times.reduce((last, { end }) => Math.max(last, end), 0) / 1000;
}
