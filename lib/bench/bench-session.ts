/** Measuring a session: the public function. What it does is loaded when it is first called. */

import type { ValueInfo } from '../onnx/model-info.js';
import type { AnyFeeds, Feeds } from '../session/feeds.js';
import type { Summary } from '../stats/summary.js';

/** What can be measured: a {@link Session}, or anything else that runs like one. */
export interface BenchTarget {
  readonly inputs: readonly ValueInfo[];
  /** As a session has it: null is the CPU, where nothing is copied to a device. */
  readonly backend?: { readonly device: object | null };
  run(feeds: AnyFeeds, options: { readonly signal?: AbortSignal | undefined }): Promise<unknown>;
}

/** How far a measurement is. */
export interface BenchProgress {
  readonly phase: 'warm-up' | 'measure';
  /** Of this phase, 0 to 1. */
  readonly fraction: number;
}

/** Options of {@link benchSession}; the defaults are trtexec's. */
export interface BenchOptions {
  /** Shapes of inputs that are generated: needed for open dims, but for the first, which is 1 otherwise. */
  readonly shapes?: Readonly<Record<string, readonly number[]>> | undefined;
  /** Tensors to run on; inputs that are not among them are generated. */
  readonly feeds?: Feeds | undefined;
  /** Of generated inputs and of arrivals: a whole number. Default 0. */
  readonly seed?: number | undefined;
  /** Runs in flight at once. Default 1; with `rate`, 256: more would only wait in another queue. */
  readonly streams?: number | undefined;
  /**
   * Runs per second that arrive by chance (a Poisson process), whether or not those before have ended. Without it, a run
   * starts when another ends.
   */
  readonly rate?: number | undefined;
  /** Milliseconds of runs, at least, that are not counted. Default 200. */
  readonly warmUp?: number | undefined;
  /** Runs, at least, that are not counted. Default 0. */
  readonly warmUpRuns?: number | undefined;
  /** Seconds to measure, at least. Default 3. */
  readonly duration?: number | undefined;
  /** Runs to measure, at least. Default 10. */
  readonly iterations?: number | undefined;
  /** Percentiles to give, from 0 to 100. Default 90, 95 and 99. */
  readonly percentiles?: readonly number[] | undefined;
  /** Called ten times a second at most. */
  readonly onProgress?: ((progress: BenchProgress) => void) | undefined;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

/** When one run did what, in milliseconds since the measurement began. */
export interface RunTimes {
  /** When it was due. With a rate, it may have started later; else it is the start. */
  readonly due: number;
  /** `run` was called. */
  readonly start: number;
  /** `run` had returned its promise. */
  readonly enqueued: number;
  /** The promise was settled. */
  readonly end: number;
}

/** What {@link benchSession} gives, in trtexec's words. Times are in milliseconds. */
export interface BenchResult {
  readonly runs: number;
  readonly warmUpRuns: number;
  /** From the start to the end of the last run. */
  readonly seconds: number;
  /** Runs per second. */
  readonly throughput: number;
  /** From when a run was due to its end: a run that has to wait for others is not forgiven for it. */
  readonly latency: Summary;
  /** While the caller's thread was kept: checking the inputs, and copying them. */
  readonly enqueue: Summary;
  /** Copies to the device: always 0 on the CPU. Absent on a GPU: copies are not timed separately there, they are part of `compute`. */
  readonly h2d?: Summary;
  /** From enqueued to the end: any wait for a thread, and on a GPU the copies, included. */
  readonly compute: Summary;
  /** Copies from the device: likewise. */
  readonly d2h?: Summary;
  /** Every run, in the order in which they ended. */
  readonly times: readonly RunTimes[];
}

/**
 * Measures how fast a session runs: runs in a closed loop, `streams` at a time, or at a `rate`.
 *
 * Every run gets the same inputs. Generated ones are random: floats from -1 to 1, 8-bit integers over their range, wider ones
 * 0 or 1 (they are often indexes), strings empty.
 *
 * @throws EngineryError `ENGINERY_INVALID_OPTION`; `ENGINERY_INVALID_ARGUMENT` where shapes are missing or do not fit; and
 * whatever a run throws. Rejects with the signal's reason when aborted.
 * @example
 * ```ts
 * const { throughput, latency } = await benchSession(session, { streams: 2, duration: 10 });
 * console.log(throughput, latency.percentiles['99']); // runs per second, milliseconds
 * ```
 */
export async function benchSession(session: BenchTarget, options: BenchOptions = {}): Promise<BenchResult> {
  const { bench } = await import('./bench.js');
  return bench(session, options);
}
