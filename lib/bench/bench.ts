/** One measurement, from its options to its result. */

import type { BenchOptions, BenchResult, BenchTarget } from './bench-session.js';
import { CLOCK, type Clock } from './clock.js';
import { benchFeeds } from './feeds.js';
import { measure, warmUp } from './measure.js';
import { planOf } from './plan.js';
import { resultOf, secondsOf } from './result.js';

/** See {@link benchSession}. */
export async function bench(target: BenchTarget, options: BenchOptions, clock: Clock = CLOCK): Promise<BenchResult> {
  const plan = planOf(options);
  const feeds = await benchFeeds(target.inputs, options);
  const setup = { target, feeds, plan, clock };
  const warmUpRuns = await warmUp(setup);
  const times = await measure(setup);
  return resultOf(target, times, secondsOf(times), warmUpRuns, plan.percentiles);
}
