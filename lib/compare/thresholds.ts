/** Judging a comparison by limits. */

import { EngineryError } from '../errors.js';
import type { ComparisonFinding, OutputComparison, ThresholdFailure, Thresholds } from './compare-sessions.js';
import type { ExactMetrics } from './exact-metrics.js';
import type { FloatMetrics } from './float-metrics.js';

interface Limit {
  readonly measured: (metrics: FloatMetrics) => number | null;
  readonly what: string;
  /** A limit that must not be exceeded; otherwise one that must be reached. */
  readonly most: boolean;
}

const LIMITS: Readonly<Record<keyof Thresholds, Limit>> = {
  maxAbs: { measured: ({ absolute }) => absolute?.max ?? null, what: 'largest absolute error', most: true },
  maxRel: { measured: ({ relative }) => relative?.max ?? null, what: 'largest relative error', most: true },
  minCosine: { measured: ({ cosine }) => cosine, what: 'cosine similarity', most: false },
  minPsnr: { measured: ({ psnr }) => psnr, what: 'PSNR', most: false },
  minTop1: { measured: ({ top1 }) => top1, what: 'top-1 agreement', most: false },
};
const NAMES = Object.keys(LIMITS) as (keyof Thresholds)[];

/** @throws EngineryError `ENGINERY_INVALID_OPTION` for a limit that is unknown or no number. */
export function checkThresholds(thresholds: Thresholds): void {
  for (const [name, limit] of Object.entries(thresholds)) {
    const known = Object.hasOwn(LIMITS, name);
    if (known && (limit === undefined || (typeof limit === 'number' && Number.isFinite(limit)))) continue;
    const expected = known ? 'expected a number' : `expected one of ${NAMES.join(', ')}`;
    throw new EngineryError('ENGINERY_INVALID_OPTION', `thresholds.${name} is ${String(limit)}: ${expected}`);
  }
}

/** Everything that a comparison with these limits fails for; nothing where no limit is given. */
export function judge(
  outputs: readonly OutputComparison[],
  findings: readonly ComparisonFinding[],
  thresholds: Thresholds,
): ThresholdFailure[] {
  const given = NAMES.filter((name) => thresholds[name] !== undefined);
  if (given.length === 0) return [];
  const failures: ThresholdFailure[] = findings
    .filter(({ compared }) => !compared)
    .map(({ output, message }) => ({ output, threshold: null, message }));
  for (const { name, metrics } of outputs) {
    const fail = (threshold: ThresholdFailure['threshold'], message: string): void => {
      failures.push({ output: name, threshold, message });
    };
    if (metrics?.kind === 'exact') judgeExact(metrics, thresholds.maxAbs, fail);
    if (metrics?.kind === 'float') judgeFloat(metrics, given, thresholds, fail);
  }
  const ranked = outputs.some(({ metrics }) => metrics?.kind === 'float' && metrics.top1 !== null);
  if (thresholds.minTop1 !== undefined && !ranked) {
    failures.push({ output: null, threshold: 'minTop1', message: 'no output has rows of scores' });
  }
  return failures;
}

type Fail = (threshold: ThresholdFailure['threshold'], message: string) => void;

function judgeExact({ different, elements, largest, first }: ExactMetrics, maxAbs: number | undefined, fail: Fail) {
  // Number() rounds a difference beyond 2^53, where no limit can be meant to the last digit.
  if (different === 0 || (maxAbs !== undefined && largest !== null && Number(largest) <= maxAbs)) return;
  const where =
    first === null ? '' : ` (the first in run ${first.run}, element ${first.index}: ${first.a} and ${first.b})`;
  fail(
    maxAbs === undefined || largest === null ? null : 'maxAbs',
    `${different} of ${elements} elements differ${where}`,
  );
}

function judgeFloat(metrics: FloatMetrics, given: readonly (keyof Thresholds)[], thresholds: Thresholds, fail: Fail) {
  const { mismatched, elements, worst } = metrics;
  if (mismatched > 0) fail(null, `${mismatched} of ${elements} elements are NaN or infinite on one side alone`);
  for (const name of given) {
    const { measured, what, most } = LIMITS[name];
    const value = measured(metrics);
    const limit = thresholds[name] as number;
    // A value that overflowed to NaN is within no limit.
    if (value === null || (most ? value <= limit : value >= limit)) continue;
    const where =
      name === 'maxAbs' && worst !== null
        ? ` (run ${worst.run}, element ${worst.index}: ${worst.a} and ${worst.b})`
        : '';
    fail(name, `${what} ${value} is ${most ? 'over' : 'below'} ${limit}${where}`);
  }
}
