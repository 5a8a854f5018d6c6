/**
 * Types of the native addon, in the vendor's vocabulary. Hand-written; `test/native/binding.test.ts` compares the names with
 * what the binary exports.
 *
 * Long calls take an id chosen by JS and return nothing: the addon settles ids through the one callback given to
 * {@link NativeBinding.connect}, several at a time. It never makes promises and never blocks the calling thread.
 */

import type {
  NativeBuildRequest,
  NativeBuildResult,
  NativeRange,
  NativeSetting,
  NativeSupport,
  NativeSupportRequest,
} from './build-types.js';

/** What the addon tells JS about a call: progress and log lines, then exactly one `done` or `failed`. A session goes on to log. */
export type NativeEvent =
  | { readonly id: number; readonly kind: 'done'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'failed'; readonly error: NativeError }
  | { readonly id: number; readonly kind: 'progress'; readonly value: NativeProgress }
  | { readonly id: number; readonly kind: 'log'; readonly value: NativeLogLine };

export interface NativeError {
  /** A code of lib/errors.ts, or `CANCELLED`. */
  readonly code: string;
  readonly message: string;
  /** The library's own log lines of this operation, warnings and worse. */
  readonly log?: readonly NativeLogLine[];
  readonly parserErrors?: readonly NativeParserError[];
  /** errno of a failed system call. */
  readonly errno?: number;
  /** The path, option or input at fault. */
  readonly subject?: string;
  /** Weights of an engine that a model does not have. */
  readonly weights?: readonly string[];
}

export interface NativeLogLine {
  readonly severity: 'error' | 'warning' | 'info' | 'verbose';
  readonly message: string;
}

export interface NativeParserError {
  readonly code: string;
  readonly node: string;
  readonly operator: string;
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly description: string;
}

export interface NativeProgress {
  readonly event: 'start' | 'step' | 'finish';
  readonly phase: string;
  /** With `start`. Empty for a top-level phase. */
  readonly parent?: string;
  /** With `step`: counted from 0. */
  readonly step?: number;
  /** With `start`. */
  readonly steps?: number;
}

/** Where a shared library was opened and what it said of itself. */
export interface NativeLibraryInfo {
  /** `tensorrt-rtx`, `tensorrt`, `onnxruntime`, `cuda-driver`. */
  readonly product: string;
  readonly version: string;
}

export interface NativeDevice {
  readonly name: string;
  readonly computeCapability: string;
  readonly memoryBytes: number;
}

export interface NativeDriverInfo {
  /** CUDA version the driver supports, `13.0`. */
  readonly cudaVersion: string;
  readonly devices: readonly NativeDevice[];
}

export interface NativeSessionOptions {
  readonly library: string;
  readonly model: string | Uint8Array;
  readonly intraOpThreads: number;
  /** Runs under way at a time. */
  readonly maxConcurrent: number;
  /** Runs that wait for that; one more is `ENGINERY_BUSY`. */
  readonly maxQueue: number;
  /** The id to which the session's log lines are sent while this environment lives, after this call too; 0: to none. */
  readonly log: number;
  /** `OrtLoggingLevel`: lines below it are not made. */
  readonly logSeverity: number;
  readonly onnxruntime: NativeOnnxRuntimeOptions;
}

/** How an engine is opened on a GPU. The library is TensorRT's. */
export interface NativeEngineOptions
  extends Pick<NativeSessionOptions, 'library' | 'maxConcurrent' | 'maxQueue' | 'log'> {
  /** Path of the CUDA driver's library. */
  readonly driver: string;
  /** Path of TensorRT's ONNX parser, which refits engines; empty where there is none. */
  readonly parser: string;
  /** As CUDA counts GPUs, from 0. */
  readonly device: number;
  /** Path of the engine file. */
  readonly plan: string;
  /** The plan may hold code for the CPU. */
  readonly hostCode: boolean;
  /** File that TensorRT-RTX keeps compiled kernels in; need not exist. Empty: none. */
  readonly runtimeCache: string;
  /** Lines below it are not sent: 0 error, 1 warning, 2 info, 3 verbose. */
  readonly logSeverity: number;
  readonly settings: readonly NativeSetting[];
  /** Make CUDA graphs of runs. */
  readonly cudaGraphs: boolean;
  /** Bytes of the GPU's memory; 0: as much as there is. */
  readonly memoryLimit: number;
  /** Bytes of weights in the GPU's memory; as with trtexec -1: TensorRT decides, -2: all that TensorRT keeps there by itself. */
  readonly weightStreamingBudget: number;
  /** Take the time of every layer in every run: runs are slower, and see {@link NativeBinding.layerTimes}. */
  readonly profile: boolean;
}

/** What a layer of an engine took. */
export interface NativeLayerTimes {
  readonly name: string;
  /** By run, in the order in which they ended; 0 where a run did not come to the layer. */
  readonly milliseconds: Float32Array;
}

/** ONNX Runtime's session options, all of them given. */
export interface NativeOnnxRuntimeOptions {
  /** `GraphOptimizationLevel`. */
  readonly graphOptimizationLevel: number;
  readonly parallel: boolean;
  /** 0: ONNX Runtime's own number. */
  readonly interOpNumThreads: number;
  readonly enableCpuMemArena: boolean;
  readonly enableMemPattern: boolean;
  /** Empty: no profile. */
  readonly profileFilePrefix: string;
  readonly freeDimensionOverrides: readonly (readonly [name: string, size: number])[];
  readonly config: readonly (readonly [key: string, value: string])[];
  readonly customOpLibraries: readonly string[];
}

/** The number is the process's: other environments can attach to it. */
export interface NativeSessionInfo {
  readonly session: number;
  readonly inputs: readonly NativeSpec[];
  readonly outputs: readonly NativeSpec[];
  /** Of an engine: bounds of every input in every one of its profiles. */
  readonly profiles?: readonly NativeRange[];
}

export interface NativeSpec {
  readonly name: string;
  readonly type: string;
  /** Symbolic dims are -1 here and named in `symbols`. */
  readonly dims: readonly number[];
  readonly symbols: readonly string[];
}

/** What came of runs, as native/addon/run_results.h writes it: a count of numbers on the page, or all of it. */
export type NativeRunResults =
  | number
  | readonly [
      numbers: Float64Array,
      bytes: ArrayBuffer,
      values: readonly (Uint8Array | readonly string[] | NativeError)[],
    ];

/** What waits at a session. */
export interface NativeQueue {
  readonly waiting: number;
  /** A run that comes now waits, or is refused. */
  readonly busy: boolean;
}

/** Bytes, of the GPU's memory but for `pinned`, which is of the CPU's. */
export interface NativeMemory {
  /** At most: TensorRT does not say. */
  readonly weights: number;
  readonly contexts: number;
  readonly tensors: number;
  readonly pinned: number;
  /** By the device, for whoever needs some next. */
  readonly kept: { readonly device: number; readonly pinned: number };
}

export interface NativeBinding {
  /** The folder the addon was loaded from: bridge modules lie beside it. */
  readonly directory: string;
  /** Families whose bridge module lies beside the addon: `['rtx']`. */
  readonly families: readonly string[];
  /** Once per environment, before any call with an id. */
  connect(onEvents: (events: readonly NativeEvent[]) => void): void;
  /**
   * Settles a build at once, though its thread goes on to TensorRT's next progress step. Unknown ids are ignored.
   */
  cancel(id: number): void;
  /** From the process's `exit` event: what still runs in a vendor's library then is abandoned, not crashed under. */
  prepareForExit(): void;
  /** Builds at the same time in this process; the rest queue. Default 1. */
  setBuildConcurrency(count: number): void;

  /** Opens a library, reads its version, keeps it open. Gives {@link NativeLibraryInfo}. */
  openLibrary(id: number, path: string): void;
  /** cuInit and the device list, in this process: call it in a child first. Gives {@link NativeDriverInfo}. */
  describeDriver(id: number, path: string): void;
  /** Gives {@link NativeBuildResult}. */
  build(id: number, request: NativeBuildRequest): void;
  /** Gives {@link NativeSupport}. NVIDIA's parser may crash on a broken file. */
  describeSupport(id: number, request: NativeSupportRequest): void;

  /**
   * Guards a file that is not complete yet, or not in its place: it is removed when this environment or the process ends.
   * It need not exist.
   */
  guardFile(path: string): void;
  /** Ends the guard. What is still there under that name is removed. */
  releaseFile(path: string): void;
  /** Puts a file's contents on disk. Gives nothing. */
  syncFile(id: number, path: string): void;

  /**
   * Takes an exclusive lock between processes on a file that exists for that alone. Gives a handle, or 0 where somebody else
   * has it. The kernel gives it back when the process ends, this addon when the environment does. The holder may remove the file.
   */
  lockFile(id: number, path: string): void;
  unlockFile(handle: number): void;

  /** Gives {@link NativeSessionInfo}. */
  openSession(id: number, options: NativeSessionOptions): void;
  /**
   * Loads an engine. Gives {@link NativeSessionInfo}. `ENGINERY_ENGINE_MISMATCH` where TensorRT does not take the plan: it was built
   * by another version, or for another GPU.
   */
  openEngine(id: number, options: NativeEngineOptions): void;
  /**
   * Gives an engine the weights of a model, while no run is under way: those that wait run after it. Gives nothing. Can be
   * cancelled until it begins. `ENGINERY_REFIT_FAILED`, `ENGINERY_OPTION_UNSUPPORTED`.
   */
  refitEngine(id: number, session: number, model: string | Uint8Array): void;
  /** Gives TensorRT's JSON of an engine's layers, a string; while no run is under way, as {@link refitEngine}. */
  inspectEngine(id: number, session: number): void;
  /** All runs' times, by layer; null where the engine was not opened with `profile`. */
  layerTimes(session: number): readonly NativeLayerTimes[] | null;
  /** Makes this environment one of those that have the session. Null where the process has none of that number. */
  attachSession(session: number): NativeSessionInfo | null;
  /** Of all environments' runs; null where the process has no session of that number. */
  sessionQueue(session: number): NativeQueue | null;
  /** Bytes in use; null where the process has no session of that number. */
  sessionMemory(session: number): NativeMemory | null;
  /** Memory that may be borrowed, all zeros; null where there is none, or V8 takes none from outside. */
  allocate(bytes: number): ArrayBuffer | null;
  /**
   * Memory of zeros that may be borrowed, and that the session's GPU copies from and to by itself. Gives an ArrayBuffer, or null where V8
   * takes none from outside.
   */
  allocatePinned(id: number, session: number, bytes: number): void;
  /** The memory for requests and results of runs, see native/addon/run_page.h. Once per environment. */
  openRunPage(): ArrayBuffer;
  /**
   * Runs once. Results wait for {@link takeRuns}; the callback of {@link connect} is called when there are some, if only with an
   * empty array, unless `watching` says that they are taken anyway.
   *
   * @param slot - What this run is known by until its result has been taken.
   * @param count - Numbers of the request on the page, see native/addon/run_request.h.
   * @param things - What is copied or borrowed from where it is.
   * @param numbers - The request's numbers where the page has no room for them.
   */
  run(
    slot: number,
    session: number,
    count: number,
    things: readonly (Uint8Array | readonly string[])[] | undefined,
    numbers: Float64Array | undefined,
    watching: boolean,
  ): void;
  /** Stops a run at its next node; on a GPU its result is thrown away. One that is over is left alone. */
  cancelRun(slot: number): void;
  /** What came of the runs that have ended; undefined where none has. */
  takeRuns(watching: boolean): NativeRunResults | undefined;
  /** Copies a device tensor of this environment to the CPU's memory. Gives its elements, a `Uint8Array`. */
  downloadTensor(id: number, tensor: number): void;
  /** Gives a device tensor's memory back, once runs and downloads that use it have ended. Unknown numbers are ignored. */
  releaseTensor(tensor: number): void;
  /** Lets go of the session. The last environment that does closes it: waits for runs under way. */
  closeSession(id: number, session: number): void;
}
