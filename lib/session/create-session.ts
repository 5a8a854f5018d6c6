/** Loading a model on the backend that fits: the public function. What it does is loaded when it is first called. */

import type { OnnxRuntimeOptions } from '../backends/onnxruntime/onnxruntime-options.js';
import type { LogLine } from '../engine/options.js';
import { EngineryError } from '../errors.js';
import { refuseUnknown } from '../options/refuse-unknown.js';
import type { BackendChoice } from './choose.js';
import type { SessionEngineOptions } from './engine-options.js';
import type { ModelTypes } from './model-types.js';
import type { Session } from './session.js';
import { signalOf } from './signal-of.js';
import { type CheckedTensorRTOptions, checkTensorRTOptions, type TensorRTOptions } from './tensorrt-options.js';

/** Options of {@link createSession}. */
export interface SessionOptions {
  /** What executes the model. Default: what the environment variable `ENGINERY_BACKEND` says, else `'auto'`. */
  readonly backend?: BackendChoice | undefined;
  /**
   * The GPU to run on, as CUDA counts those that the process sees, from 0. Default 0. One that is not there, where others are, is an
   * error, also with `'auto'`.
   */
  readonly device?: number | undefined;
  /** Threads that share the work of one run on the CPU, 1 to 1024. Default 1: a service gains more by running several at once. */
  readonly threads?: number | undefined;
  /**
   * Runs under way at a time, 1 to 1024; others wait, first come first served. Default: as many as the machine has cores for them; on a GPU
   * 2, each with an execution context and memory there. Counts as 1 where the backend has not the capability `concurrentRuns`.
   */
  readonly maxConcurrent?: number | undefined;
  /** Runs that wait; one more rejects with `ENGINERY_BUSY` at once. Default: no limit, which suits a program, and no server. */
  readonly maxQueue?: number | undefined;
  /**
   * How an engine is built of an ONNX model on a GPU, as `buildEngine` takes it: it comes from the engine cache, and is built
   * where it is not there yet. On the CPU its profiles are enforced all the same, so that a test without a GPU refuses what a
   * GPU would. Where it has no profiles, `<model>.enginery.json` beside the model counts.
   */
  readonly engine?: SessionEngineOptions | undefined;
  /**
   * ONNX Runtime's own options, of its native implementation. Others refuse them: with `backend: 'auto'`, where there is a
   * GPU, they are an error rather than a silent move to the CPU.
   */
  readonly onnxruntime?: OnnxRuntimeOptions | undefined;
  /** TensorRT's own options: CUDA graphs, when kernels are compiled, a limit of memory, a budget for weights. */
  readonly tensorrt?: TensorRTOptions | undefined;
  /**
   * Called with the lines of the runtime's log about this session: while it is loaded, while it runs, in other threads too, until
   * it is disposed of here. The backend `onnxruntime-worker` refuses it. What it throws is an uncaught exception.
   */
  readonly onLog?: ((line: LogLine) => void) | undefined;
  /** The least that `onLog` is called with, and all that is worse. Default `'warning'`. */
  readonly logSeverity?: LogLine['severity'] | undefined;
  /** Load a plan that has no manifest of ours. A plan can hold code: say so only of one whose origin you know. Default false. */
  readonly trust?: boolean | undefined;
  /** Gives up loading. */
  readonly signal?: AbortSignal | undefined;
}

/** With defaults. */
export interface CheckedOptions {
  readonly backend: BackendChoice | undefined;
  readonly device: number;
  readonly threads: number;
  readonly maxConcurrent: number | undefined;
  /** Of a GPU where `maxConcurrent` is not said. */
  readonly runsOnGpu?: number | undefined;
  readonly maxQueue: number;
  readonly engine: SessionEngineOptions | undefined;
  readonly onnxruntime: OnnxRuntimeOptions | undefined;
  readonly tensorrt: CheckedTensorRTOptions;
  readonly onLog: SessionOptions['onLog'];
  readonly logSeverity: LogLine['severity'];
  readonly trust: boolean;
  readonly signal: AbortSignal | undefined;
  /** Take the times of layers: of an engine in memory, by ONNX Runtime in a file whose path begins like this. */
  readonly profile?: string | undefined;
}

const KNOWN: Readonly<Record<keyof SessionOptions, true>> = {
  backend: true,
  device: true,
  threads: true,
  maxConcurrent: true,
  maxQueue: true,
  engine: true,
  onnxruntime: true,
  tensorrt: true,
  onLog: true,
  logSeverity: true,
  trust: true,
  signal: true,
};
const SEVERITIES = ['error', 'warning', 'info', 'verbose'];
const LEAST = [
  ['device', 0] as const,
  ['threads', 1] as const,
  ['maxConcurrent', 1] as const,
  ['maxQueue', 0] as const,
];
const MOST = { device: 1023, threads: 1024, maxConcurrent: 1024, maxQueue: 2 ** 32 - 1 };

/**
 * Loads an ONNX model, or an engine file.
 *
 * On a GPU an engine executes, by TensorRT or TensorRT-RTX; of a model it is built first (`engine`). Where there is no GPU, or none
 * that fits, ONNX Runtime executes the model on the CPU: `session.backend.reasons` says what was passed over and why, and
 * `backend: 'gpu'` is an error instead. Where this package has no binary, or finds no library, the package `onnxruntime-node` executes in
 * a process of its own (`session.backend.implementation` is `'worker'`): `session.backend.capabilities` says what differs.
 *
 * An engine file is loaded where its manifest lies beside it and describes it. On a machine without a GPU for it, the model that
 * the manifest names stands in for it: it must be there, unchanged. `session.backend.standIn` then names it. Where only the
 * library's version or the GPU's architecture is another, an engine is built of that model and runs, unless `engine.build` is
 * `'never'`.
 *
 * @param model - Path of an ONNX file, external data beside it; or its bytes, which must not change until the promise settles.
 * Or path of an engine file, `.engine` or `.plan`.
 * @throws EngineryError
 * - about the arguments: `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_INVALID_OPTION`, `ENGINERY_OPTION_UNSUPPORTED` for a name that is no
 *   option;
 * - about the model: `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, `ENGINERY_INVALID_MODEL`,
 *   `ENGINERY_EXTERNAL_DATA`, `ENGINERY_SESSION_FAILED`, `ENGINERY_INVALID_PROFILE`;
 * - about an engine: `ENGINERY_INVALID_PLAN`, `ENGINERY_INVALID_MANIFEST`, `ENGINERY_UNTRUSTED_PLAN`,
 *   `ENGINERY_ENGINE_MISMATCH`; where one is built, what `buildEngine` throws;
 * - about this machine: `ENGINERY_BACKEND_UNAVAILABLE`, with `details.reasons`; where there was only one to try, its own
 *   reason: `ENGINERY_DEVICE_UNAVAILABLE`, `ENGINERY_DEVICE_UNSUPPORTED`, `ENGINERY_LIBRARY_NOT_FOUND`, `ENGINERY_LIBRARY_UNUSABLE`,
 *   `ENGINERY_LIBRARY_UNSUPPORTED`, `ENGINERY_NATIVE_UNAVAILABLE`, `ENGINERY_DEPENDENCY_MISSING`;
 * - about the backend that was chosen: `ENGINERY_OPTION_UNSUPPORTED`, `ENGINERY_DEVICE_LOST`, `ENGINERY_DEVICE_MEMORY`.
 *
 * Rejects with the signal's reason when aborted.
 * @example
 * ```ts
 * await using session = await createSession('digits.onnx', { backend: 'cpu' });
 * session.backend; // { name: 'onnxruntime', implementation: 'native', version: '1.30.0', library: '…', device: null, reasons: [], capabilities: {…} }
 * ```
 *
 * With the types that `enginery types` writes for a model, `run` takes and gives what this model does; they are believed, not
 * compared with the model.
 * ```ts
 * import type { Digits } from './digits.js'; // enginery types digits.onnx -o digits.d.ts
 * const session = await createSession<Digits>('digits.onnx');
 * const { logits } = await session.run({ image: new Tensor('float32', pixels, [1, 1, 28, 28]) });
 * logits.data; // Float32Array
 * ```
 */
export async function createSession<Model extends ModelTypes = ModelTypes>(
  model: string | Uint8Array,
  options: SessionOptions = {},
): Promise<Session<Model>> {
  const checked = checkSessionOptions(options);
  const { openSession } = await import('./open-session.js');
  return openSession(model, checked) as Promise<Session<Model>>;
}

/**
 * @throws EngineryError `ENGINERY_INVALID_OPTION`, `ENGINERY_OPTION_UNSUPPORTED`, `ENGINERY_INVALID_ARGUMENT`; the signal's reason
 * where it is aborted
 */
export function checkSessionOptions(options: SessionOptions): CheckedOptions {
  const signal = signalOf(options);
  refuseUnknown(options, KNOWN);
  const {
    backend,
    device = 0,
    threads = 1,
    maxConcurrent,
    engine,
    onnxruntime,
    onLog,
    logSeverity = 'warning',
    trust = false,
  } = options;
  const maxQueue = options.maxQueue ?? MOST.maxQueue;
  const own = { engine, onnxruntime, tensorrt: checkTensorRTOptions(options.tensorrt) };
  const log = { onLog, logSeverity };
  const checked = { backend, device, threads, maxConcurrent, maxQueue, ...own, ...log, trust, signal };
  for (const [name, least] of LEAST) {
    const value = checked[name];
    if (value === undefined) continue;
    if (Number.isInteger(value) && value >= least && value <= MOST[name]) continue;
    const message = `${name} is ${value}, expected an integer from ${least} to ${MOST[name]}`;
    throw new EngineryError('ENGINERY_INVALID_OPTION', message);
  }
  if (typeof trust !== 'boolean') {
    throw new EngineryError('ENGINERY_INVALID_OPTION', `trust is ${trust}, expected true or false`);
  }
  if (onLog !== undefined && typeof onLog !== 'function') {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', 'onLog: expected a function');
  }
  if (options.logSeverity !== undefined && (onLog === undefined || !SEVERITIES.includes(logSeverity))) {
    const message = `logSeverity is ${logSeverity}; it goes with onLog, and is one of ${SEVERITIES.join(', ')}`;
    throw new EngineryError('ENGINERY_INVALID_OPTION', message);
  }
  return checked;
}
