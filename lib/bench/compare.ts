/** Two ways to run a model, measured in turn in one process, so that whatever slows the machine down slows both. */

import { performance } from 'node:perf_hooks';
import { median } from '../stats/percentile.js';
import { summarize } from '../stats/summary.js';
import type { BenchOptions, BenchResult, BenchTarget, RunTimes } from './bench-session.js';
import { CLOCK, type Clock } from './clock.js';
import { benchFeeds } from './feeds.js';
import { type Bench, measure, warmUp } from './measure.js';
import { planOf } from './plan.js';
import { latencyOf, resultOf, secondsOf } from './result.js';

/** One side of a {@link Comparison}. */
export interface ComparedSide extends BenchResult {
  /** Share of the time in which the event loop was busy, 0 to 1: at 1, nothing else could have been served. */
  readonly eventLoop: number;
}

/** What {@link compareTargets} gives. */
export interface Comparison {
  /** Of each side. */
  readonly rounds: number;
  readonly ours: ComparedSide;
  readonly theirs: ComparedSide;
  /** Ours divided by theirs: the median over the rounds. */
  readonly ratio: { readonly throughput: number; readonly latency: number };
}

interface Round {
  readonly times: readonly RunTimes[];
  readonly seconds: number;
  /** Milliseconds. */
  readonly active: number;
  readonly idle: number;
}

interface Side {
  readonly target: BenchTarget;
  readonly rounds: Round[];
  warmUpRuns: number;
}

const ROUNDS = 10;

/**
 * Measures both, in closed loop, on the same inputs: after a warm-up of each, rounds in turn, ours first.
 *
 * @param options - `duration` and `iterations` are of each side, over all its rounds. There is no `rate`.
 */
export async function compareTargets(
  ours: BenchTarget,
  theirs: BenchTarget,
  options: Omit<BenchOptions, 'rate'>,
  clock: Clock = CLOCK,
): Promise<Comparison> {
  const plan = planOf(options);
  const feeds = await benchFeeds(ours.inputs, options);
  const [a, b] = [sideOf(ours), sideOf(theirs)] as const;
  for (const side of [a, b]) side.warmUpRuns = await warmUp({ target: side.target, feeds, plan, clock });
  const limits = { ms: plan.measure.ms / ROUNDS, runs: Math.ceil(plan.measure.runs / ROUNDS) };
  for (let turn = 0; turn < 2 * ROUNDS; turn++) {
    const { target, rounds } = turn % 2 === 0 ? a : b;
    const onProgress: BenchOptions['onProgress'] = ({ phase, fraction }) =>
      plan.onProgress?.({ phase, fraction: (turn + fraction) / (2 * ROUNDS) });
    rounds.push(await measureRound({ target, feeds, plan: { ...plan, onProgress }, clock }, limits));
  }
  const ratioOf = (value: (round: Round) => number): number =>
    median(a.rounds.map((round, i) => value(round) / value(b.rounds[i] as Round)).sort((x, y) => x - y));
  return {
    rounds: ROUNDS,
    ours: together(a, plan.percentiles),
    theirs: together(b, plan.percentiles),
    ratio: {
      throughput: ratioOf(({ times, seconds }) => times.length / seconds),
      latency: ratioOf(({ times }) => summarize(times.map(latencyOf), []).median),
    },
  };
}

function sideOf(target: BenchTarget): Side {
  return { target, rounds: [], warmUpRuns: 0 };
}

async function measureRound(bench: Bench, limits: Bench['plan']['measure']): Promise<Round> {
  const before = performance.eventLoopUtilization();
  const times = await measure(bench, limits);
  const { active, idle } = performance.eventLoopUtilization(before);
  return { times, seconds: secondsOf(times), active, idle };
}

function together({ target, rounds, warmUpRuns }: Side, percentiles: readonly number[]): ComparedSide {
  const sum = (value: (round: Round) => number): number => rounds.reduce((total, round) => total + value(round), 0);
  const times = rounds.flatMap((round) => round.times);
  const active = sum((round) => round.active);
  return {
    ...resultOf(
      target,
      times,
      sum((round) => round.seconds),
      warmUpRuns,
      percentiles,
    ),
    eventLoop: active / (active + sum((round) => round.idle)),
  };
}
