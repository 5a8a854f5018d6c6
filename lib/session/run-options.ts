/** Options of one run, and what they come to. */

import { setMaxListeners } from 'node:events';
import type { BackendResult, BackendRun } from '../backends/backend-session.js';
import { EngineryError } from '../errors.js';
import { DeviceTensor, isOnGpu } from '../native/device-tensor.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { showDims, Tensor, type TensorLike, tensorFault } from '../tensor/tensor.js';
import { isBorrowable } from './borrowable.js';
import type { DeviceFeeds } from './feeds.js';
import type { AskedHostOutputs, AskedOutputs } from './run-outputs.js';
import { signalOf } from './signal-of.js';

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
  /** Milliseconds after which the run is stopped likewise, waiting included; `run` then rejects with a TimeoutError. */
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
): CheckedRun {
  const signal = signalOf(options);
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
  const { outputs, targets, stay } = asked === undefined ? { outputs: names } : wanted(asked, infos, onGpu);
  if (timeout === undefined) return { outputs, targets, stay, borrow, signal, release: nothing };
  return { outputs, targets, stay, borrow, ...limited(signal, timeout) };
}

function wanted(
  asked: AskedOutputs,
  outputs: readonly ValueInfo[],
  onGpu: boolean,
): Pick<BackendRun, 'outputs' | 'targets' | 'stay'> {
  const isObject = typeof asked === 'object' && asked !== null;
  const names = Array.isArray(asked) ? (asked as readonly string[]) : Object.keys(isObject ? asked : {});
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', 'outputs: expected names of outputs, each once');
  }
  const known = new Map(outputs.map((output) => [output.name, output]));
  const targets: Record<string, TensorLike> = Object.create(null);
  const stay = new Set<string>();
  for (const name of names) {
    const output = known.get(name);
    if (output === undefined) {
      const all = outputs.map((it) => `"${it.name}"`).join(', ');
      throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `The model has no output "${name}"; its outputs are ${all}`);
    }
    const target = Array.isArray(asked) ? null : (asked as Exclude<AskedOutputs, readonly string[]>)[name];
    if (target === 'cuda' && !onGpu) {
      const message = `Output "${name}" cannot stay on a GPU: the session runs on the CPU`;
      throw new EngineryError('ENGINERY_OPTION_UNSUPPORTED', message);
    }
    if (target === 'cuda') stay.add(name);
    else if (target) targets[name] = checkTarget(output, target);
  }
  checkApart(targets);
  return {
    outputs: names,
    targets: Object.keys(targets).length === 0 ? undefined : targets,
    stay: stay.size === 0 ? undefined : stay,
  };
}

function checkTarget({ name, type, dims }: ValueInfo, target: TensorLike): TensorLike {
  const fault = isOnGpu(target) ? "a tensor on a GPU is not written into: ask for 'cuda'" : tensorFault(target);
  if (fault !== undefined) throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `Output "${name}": ${fault}`);
  const fits = dims === null || (dims.length === target.dims.length && dims.every((dim, i) => fitsDim(dim, target, i)));
  if ((type !== null && type !== target.type) || !fits) {
    const expected = `${type} ${dims === null ? 'of any rank' : showDims(dims)}`;
    throw new EngineryError(
      'ENGINERY_INVALID_ARGUMENT',
      `Output "${name}" is ${expected}, the tensor to write it into ${target.type} ${showDims(target.dims)}`,
    );
  }
  requireBorrowable(`Output "${name}"`, target);
  return target;
}

/** Two outputs in one place would overwrite each other. */
function checkApart(targets: Readonly<Record<string, TensorLike>>): void {
  const taken: [name: string, data: ArrayBufferView][] = [];
  for (const [name, target] of Object.entries(targets)) {
    const data = target.data as ArrayBufferView;
    const other = taken.find(([, it]) => overlap(it, data));
    if (other !== undefined) {
      const message = `Outputs "${other[0]}" and "${name}" are to be written into the same memory: each needs its own`;
      throw new EngineryError('ENGINERY_INVALID_ARGUMENT', message);
    }
    taken.push([name, data]);
  }
}

function overlap(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const [start, end] = [Math.max(a.byteOffset, b.byteOffset), Math.min(endOf(a), endOf(b))];
  return a.buffer === b.buffer && start < end;
}

function endOf({ byteOffset, byteLength }: ArrayBufferView): number {
  return byteOffset + byteLength;
}

function fitsDim(dim: number | string | null, target: TensorLike, axis: number): boolean {
  return typeof dim !== 'number' || dim === target.dims[axis];
}

/** @throws EngineryError `ENGINERY_NOT_BORROWABLE` */
function requireBorrowable(what: string, tensor: DeviceFeeds[string]): void {
  if (tensor instanceof DeviceTensor || isBorrowable(tensor.data)) return;
  throw new EngineryError(
    'ENGINERY_NOT_BORROWABLE',
    `${what} lies in memory that JavaScript may move or free during a run`,
  );
}

/** A signal that fires when the caller's does, and when the time is over. */
function limited(signal: AbortSignal | undefined, timeout: number): Pick<CheckedRun, 'signal' | 'release'> {
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal?.reason);
  if (signal !== undefined) {
    setMaxListeners(0, signal); // one signal may well end hundreds of runs
    signal.addEventListener('abort', follow, { once: true });
  }
  const timer = setTimeout(() => {
    controller.abort(new DOMException(`The run took longer than ${timeout} ms`, 'TimeoutError'));
  }, timeout);
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', follow);
    },
  };
}

/** The outputs in the order asked for, those that were written into tensors of the caller's included. */
export function withTargets(
  outputs: BackendResult['outputs'],
  { outputs: names, targets }: CheckedRun,
): BackendResult['outputs'] {
  if (targets === undefined) return outputs;
  const all = names.map((name) => {
    const target = targets[name];
    const given =
      target instanceof Tensor ? target : target && new Tensor(target.type as never, target.data as never, target.dims);
    return [name, given ?? outputs[name]];
  });
  return Object.fromEntries(all);
}
