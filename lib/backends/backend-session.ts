/** What every backend offers: the one interface below {@link Session}. */

import type { NativeLayerTimes, NativeLogLine, NativeQueue } from '../native/binding.js';
import type { NativeRange } from '../native/build-types.js';
import type { DeviceTensor, DeviceTensorCount } from '../native/device-tensor.js';
import type { ValueInfo } from '../onnx/model-info.js';
import type { Tensor, TensorLike } from '../tensor/tensor.js';
import type { OnnxRuntimeOptions } from './onnxruntime/onnxruntime-options.js';

/** A backend's name, as `createSession` takes it and `session.backend` gives it. */
export type BackendName = 'tensorrt' | 'tensorrt-rtx' | 'onnxruntime';

/**
 * How a backend is reached: `'native'` through this package's addon; `'worker'` through the npm package `onnxruntime-node` in a
 * process of its own, which needs no addon.
 */
export type BackendImplementation = 'native' | 'worker';

/** Tensors by input name, checked against the model's inputs. */
export type CheckedFeeds = Readonly<Record<string, TensorLike>>;

/** The same, some of which may lie on the session's GPU. */
export type CheckedDeviceFeeds = Readonly<Record<string, TensorLike | DeviceTensor<TensorLike>>>;

/** How to run, checked. */
export interface BackendRun {
  /** Names of the outputs that are asked for. */
  readonly outputs: readonly string[];
  /** Memory for outputs, by name: of {@link BackendSession.allocate}, or SharedArrayBuffers. */
  readonly targets?: Readonly<Record<string, TensorLike>> | undefined;
  /** Names of those that stay on the session's GPU. */
  readonly stay?: ReadonlySet<string> | undefined;
  /** The feeds lie in such memory, and are used where they are. */
  readonly borrow: boolean;
  readonly signal: AbortSignal | undefined;
}

/** What a run gives. */
export interface BackendResult {
  /** In the order asked for. Those with a target are not among them. */
  readonly outputs: Readonly<Record<string, Tensor | DeviceTensor>>;
  /** Milliseconds from the call to the beginning of the run. */
  readonly queueMs: number;
  /** Milliseconds from the beginning to the end. */
  readonly computeMs: number;
}

/** In what backends differ that callers can tell, speed aside. All of them are offered everywhere: here it says what to expect. */
export interface BackendCapabilities {
  /**
   * A run that is under way stops when it is aborted, at the next operator. Where not, `run` rejects at once as well, and the
   * backend computes on to the end before it takes the next; not of a run that works in memory of the caller's, which rejects
   * when it has ended.
   */
  readonly stopsRunning: boolean;
  /** Other threads may attach to the session: it has a handle. */
  readonly sharedByThreads: boolean;
  /** Borrowed feeds, and tensors to write outputs into, are used where they are. Where not, they are copied, unless pinned. */
  readonly zeroCopy: boolean;
  /** Several runs are under way at a time. Where not, `maxConcurrent` counts as 1. */
  readonly concurrentRuns: boolean;
}

/** What waits at a session, of all threads that share it. */
export type SessionQueue = NativeQueue;

/** What a session on a GPU uses, in bytes, for all threads that share it. */
export interface SessionMemory {
  /** Of the GPU's memory: the size of the engine file, as TensorRT does not say, without weights that are streamed. */
  readonly weights: number;
  /** Of the GPU's memory: what runs compute in. */
  readonly contexts: number;
  /** Of the GPU's memory: inputs and outputs of runs. Device tensors do not count. */
  readonly tensors: number;
  /** Of the CPU's memory: what the GPU copies from and to by itself. */
  readonly pinned: number;
  /**
   * Nobody's now: given back, and kept for who needs some next. Of the GPU, not of the session: all sessions of this process on that GPU
   * share it, and tell the same.
   */
  readonly kept: {
    /** Of the GPU's memory. */
    readonly device: number;
    /** Of the CPU's memory, as `pinned` is. */
    readonly pinned: number;
  };
}

/** What can be done with a loaded engine beside running it. */
export interface EngineCalls {
  /**
   * Gives it the weights of a model, which is a path, or bytes that are copied before this returns. Runs under way end before
   * that, and those that wait run after it.
   *
   * @throws EngineryError `ENGINERY_REFIT_FAILED`, `ENGINERY_OPTION_UNSUPPORTED`; the signal's reason when aborted before it
   * began
   */
  refit(model: string | Uint8Array, signal: AbortSignal | undefined): Promise<void>;
  /** TensorRT's JSON of its layers, with the dimensions of the last run, if there was one. */
  layerInfo(): Promise<string>;
  /** What layers took in each run; null where the engine was not opened for that. */
  layerTimes(): readonly NativeLayerTimes[] | null;
}

/** A model that a backend has loaded. */
export interface BackendSession {
  readonly capabilities: BackendCapabilities;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Bounds of the feeds that the backend itself knows: those of an engine's profiles. */
  readonly ranges?: readonly NativeRange[] | undefined;
  /** Memory of zeros that a run may use where it is; null where there is none to be had. */
  allocate(bytes: number): ArrayBufferLike | null;
  /** As {@link allocate}; on a GPU, memory that it copies from and to by itself. */
  allocatePinned(bytes: number): Promise<ArrayBufferLike | null>;
  /** The process's number of this session, for other threads; null where they cannot have it. */
  readonly number: number | null;
  /** Of outputs of this session that are on its GPU; where there is one. */
  readonly deviceTensors?: DeviceTensorCount | undefined;
  /**
   * Runs the model once.
   *
   * @param parts - Feeds; more than one are put together along the first axis. Copied before this returns, unless borrowed.
   * @throws EngineryError `ENGINERY_BUSY` where the queue is full, `ENGINERY_RUN_FAILED`; the signal's reason when aborted.
   */
  run(parts: readonly CheckedDeviceFeeds[], run: BackendRun): Promise<BackendResult>;
  /** Null where all threads that had the session have closed it. */
  queue(): SessionQueue | null;
  /** What it uses of a GPU's memory; null where there is none, and as above. */
  memory?(): SessionMemory | null;
  /** What only engines can do. */
  readonly engine?: EngineCalls | undefined;
  /** Stops all runs of this session, those that wait included; they reject with an AbortError. */
  cancel(): void;
  /** Frees the model once the runs under way have ended. Called once. */
  close(): Promise<void>;
}

/** How a backend loads a model, checked. */
export interface BackendOptions {
  /** A path, or bytes, which must not change until the promise settles. */
  readonly model: string | Uint8Array;
  /** Threads that share the work of one run. */
  readonly threads: number;
  /** Runs under way at a time. */
  readonly maxConcurrent: number;
  /** Runs that wait for that. */
  readonly maxQueue: number;
  readonly onnxruntime?: OnnxRuntimeOptions | undefined;
  readonly onLog?: ((line: NativeLogLine) => void) | undefined;
  /** What is logged, and what is worse. */
  readonly logSeverity: NativeLogLine['severity'];
  readonly signal?: AbortSignal | undefined;
}
