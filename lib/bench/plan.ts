/** The options of a measurement, checked and complete. */

import { EngineryError } from '../errors.js';
import type { BenchOptions } from './bench-session.js';

/** What a caller did not say is filled in; see {@link BenchOptions}. */
export interface Plan {
  readonly seed: number;
  readonly streams: number;
  readonly rate: number | undefined;
  readonly warmUp: Limits;
  readonly measure: Limits;
  readonly percentiles: readonly number[];
  readonly onProgress: BenchOptions['onProgress'];
  readonly signal: AbortSignal | undefined;
}

/** Runs go on until both are reached. */
export interface Limits {
  readonly ms: number;
  readonly runs: number;
}

const MOST_STREAMS = 1024;
const STREAMS_AT_A_RATE = 256;

/** @throws EngineryError `ENGINERY_INVALID_OPTION` */
export function planOf(options: BenchOptions): Plan {
  const { seed = 0, rate, streams = rate === undefined ? 1 : STREAMS_AT_A_RATE } = options;
  const { warmUp = 200, warmUpRuns = 0, duration = 3, iterations = 10, percentiles = [90, 95, 99] } = options;
  check('seed', seed, Number.isSafeInteger(seed), 'a whole number');
  check('streams', streams, isCount(streams) && streams >= 1 && streams <= MOST_STREAMS, `1 to ${MOST_STREAMS}`);
  check('rate', rate, rate === undefined || (Number.isFinite(rate) && rate > 0), 'runs per second, above 0');
  check('warmUp', warmUp, isTime(warmUp), 'milliseconds, from 0');
  check('warmUpRuns', warmUpRuns, isCount(warmUpRuns), 'a whole number from 0');
  check('duration', duration, isTime(duration), 'seconds, from 0');
  check('iterations', iterations, isCount(iterations) && iterations >= 1, 'a whole number from 1');
  const inRange = Array.isArray(percentiles) && percentiles.every((percent) => percent >= 0 && percent <= 100);
  check('percentiles', percentiles, inRange, 'numbers from 0 to 100');
  return {
    seed,
    streams,
    rate,
    warmUp: { ms: warmUp, runs: warmUpRuns },
    measure: { ms: duration * 1000, runs: iterations },
    percentiles,
    onProgress: options.onProgress,
    signal: options.signal,
  };
}

/** A whole number from 0. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isTime(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

/** @throws EngineryError `ENGINERY_INVALID_OPTION` */
export function check(option: string, value: unknown, fits: boolean, expected: string): void {
  if (!fits) throw new EngineryError('ENGINERY_INVALID_OPTION', `${option} is ${String(value)}, expected ${expected}`);
}
