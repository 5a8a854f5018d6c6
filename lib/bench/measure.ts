/** Running a session for a while and noting when each run did what. */

import type { Feeds } from '../session/feeds.js';
import { poissonArrivals } from '../stats/poisson.js';
import { seededRandom } from '../stats/random.js';
import type { BenchProgress, BenchTarget, RunTimes } from './bench-session.js';
import type { Clock } from './clock.js';
import { closedLoop, openLoop, type RunOnce } from './loops.js';
import type { Limits, Plan } from './plan.js';

const PROGRESS_INTERVAL_MS = 100;

/** What is measured, on which inputs, how, and by which clock. */
export interface Bench {
  readonly target: BenchTarget;
  readonly feeds: Feeds;
  readonly plan: Plan;
  readonly clock: Clock;
}

/** Runs in a closed loop, for a rate may be low; gives how often. */
export async function warmUp(bench: Bench): Promise<number> {
  const { rate, warmUp, streams } = bench.plan;
  const times = await loop(bench, { phase: 'warm-up', limits: warmUp, streams: rate === undefined ? streams : 1 });
  return times.length;
}

/** Runs as the plan says. */
export function measure(bench: Bench, limits: Limits = bench.plan.measure): Promise<RunTimes[]> {
  const { rate, streams } = bench.plan;
  return loop(bench, { phase: 'measure', limits, streams, rate });
}

interface Loop {
  readonly phase: BenchProgress['phase'];
  readonly limits: Limits;
  readonly streams: number;
  readonly rate?: number | undefined;
}

async function loop(bench: Bench, { phase, limits, streams, rate }: Loop): Promise<RunTimes[]> {
  const { target, feeds, plan, clock } = bench;
  const { signal, onProgress, seed } = plan;
  const times: RunTimes[] = [];
  const begin = clock.now();
  let reported = Number.NEGATIVE_INFINITY;

  const run: RunOnce = async (due) => {
    const start = clock.now();
    const running = target.run(feeds, { signal });
    const enqueued = clock.now();
    await running;
    const end = clock.now();
    times.push({ due: due - begin, start: start - begin, enqueued: enqueued - begin, end: end - begin });
    if (onProgress === undefined || end - reported < PROGRESS_INTERVAL_MS) return;
    reported = end;
    onProgress({ phase, fraction: Math.min(share(end - begin, limits.ms), share(times.length, limits.runs)) });
  };
  const more = (started: number, time: number): boolean => {
    signal?.throwIfAborted();
    return started < limits.runs || time - begin < limits.ms;
  };
  if (rate === undefined) await closedLoop(clock, run, streams, more);
  else await openLoop(clock, run, streams, arrivalsFrom(begin, rate, seed), more, signal);
  return times;
}

function share(done: number, of: number): number {
  return done < of ? done / of : 1;
}

function* arrivalsFrom(begin: number, rate: number, seed: number): Generator<number> {
  for (const time of poissonArrivals(rate, seededRandom(seed))) yield begin + time;
}
