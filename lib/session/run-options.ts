/** Options of one run, and what they come to. */

import type { BackendRun } from '../backends/backend-session.js';
import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { refuseUnknown } from '../options/refuse-unknown.js';
import { requireBorrowable } from './borrowable.js';
import type { DeviceFeeds } from './feeds.js';
import { outputPlaces } from './output-places.js';
import type { AskedHostOutputs, AskedOutputs } from './run-outputs.js';
import { signalOf } from './signal-of.js';
import { timeLimit } from './time-limit.js';

/**
 * Options of one run.
 *
 * @typeParam Asked - What `outputs` is, so that the type of the result says which outputs come back.
 */
export interface RunOptions<Asked extends AskedOutputs | undefined = AskedHostOutputs | undefined> {
  /**
   * The outputs that are asked for; what only others need is not computed. Names, or an object of names with, for each, the
   * tensor to write it into, `'cuda'` to leave it on the session's GPU as a {@link DeviceTensor}, or null. Tensors to write into
   * lie in memory of `session.allocateTensor()` or a SharedArrayBuffer, apart from each other, and have the very dims of the
   * output. Default: all outputs.
   */
  readonly outputs?: Asked | undefined;
  /**
   * Uses the feeds where they are instead of copying them. They must lie in memory of `session.allocateTensor()` or a
   * SharedArrayBuffer; nobody may write to them until the run is over. Default false. A backend without the capability `zeroCopy`
   * copies them all the same, but for those of `session.allocatePinnedTensor()`.
   */
  readonly borrow?: boolean | undefined;
  /**
   * Stops the run at the next operator; `run` then rejects with the signal's reason, by default an AbortError. A backend without
   * the capability `stopsRunning` rejects at once, and computes on: the next run waits for that. With `borrow`, or tensors to write
   * outputs into, it rejects only when the run has ended, as their memory is in use until then.
   */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the run is stopped likewise, waiting included, above 0 and below 2 ** 31; `run` then rejects with a TimeoutError. */
  readonly timeout?: number | undefined;
}

/** Options of `runRows`. */
export interface RowsOptions<Asked extends readonly string[] | undefined = readonly string[] | undefined>
  extends Pick<RunOptions, 'signal' | 'timeout'> {
  /** Names of the outputs that are asked for. Default: all outputs. */
  readonly outputs?: Asked | undefined;
}

/** A run that may be under way: with what ends its listening and its clock. */
export interface CheckedRun extends BackendRun {
  release(): void;
}

/** A session's outputs. */
export interface SessionOutputs {
  readonly infos: readonly ValueInfo[];
  /** Of all of them, in their order: always the same array, which tells a backend that nothing has changed. */
  readonly names: readonly string[];
  /** They can stay on a GPU. */
  readonly onGpu: boolean;
}

/** A session's outputs, as runs are checked against them. */
export function sessionOutputs(infos: readonly ValueInfo[], onGpu: boolean): SessionOutputs {
  return { infos, names: infos.map(({ name }) => name), onGpu };
}

const OF_RUN: Readonly<Record<keyof RunOptions, true>> = { outputs: true, borrow: true, signal: true, timeout: true };
const OF_ROWS: Readonly<Record<keyof RowsOptions, true>> = { outputs: true, signal: true, timeout: true };

const nothing = (): void => {};

/** The longest that `setTimeout` waits. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/**
 * Checks the options of a run with feeds that are checked. Comes last before it: its clock ticks.
 *
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_INVALID_OPTION`, `ENGINERY_OPTION_UNSUPPORTED`,
 * `ENGINERY_NOT_BORROWABLE`; the signal's reason.
 */
export function checkRun(
  options: RunOptions<AskedOutputs | undefined>,
  { infos, names, onGpu }: SessionOutputs,
  parts: readonly DeviceFeeds[],
  known: Readonly<Record<string, true>> = OF_RUN,
): CheckedRun {
  const signal = signalOf(options);
  refuseUnknown(options, known);
  const { timeout, borrow = false } = options;
  if (typeof borrow !== 'boolean') {
    throw new EngineryError('ENGINERY_INVALID_OPTION', `borrow is ${borrow}, expected true or false`);
  }
  if (timeout !== undefined && !(timeout > 0 && timeout <= LONGEST_TIMEOUT)) {
    throw new EngineryError(
      'ENGINERY_INVALID_OPTION',
      `timeout is ${timeout}, expected milliseconds above 0 and up to ${LONGEST_TIMEOUT}`,
    );
  }
  if (borrow) {
    for (const part of parts) {
      for (const name in part) requireBorrowable(`Input "${name}"`, part[name] as DeviceFeeds[string]);
    }
  }
  const asked = options.outputs;
  const { outputs, targets, stay } = asked === undefined ? { outputs: names } : outputPlaces(asked, infos, onGpu);
  if (timeout === undefined) return { outputs, targets, stay, borrow, signal, release: nothing };
  return { outputs, targets, stay, borrow, ...timeLimit(signal, timeout) };
}

/** The same for several callers, whose feeds are put together: nothing of theirs can be used where it is. */
export function checkRowsRun(options: RowsOptions, outputs: SessionOutputs, parts: readonly DeviceFeeds[]): CheckedRun {
  return checkRun(options, outputs, parts, OF_ROWS);
}
