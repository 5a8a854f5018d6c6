/** The GPU backends: engines of TensorRT-RTX and TensorRT, executed by the addon. */

import { EngineryError } from '../../errors.js';
import type { NativeBinding, NativeError, NativeLogLine } from '../../native/binding.js';
import { call, connect, toEngineryError } from '../../native/calls.js';
import type { BackendSession, EngineCalls } from '../backend-session.js';
import { attachNative, type NativeExecutor, openNative } from '../native-session.js';

/** How an engine is loaded, checked. */
export interface EngineSessionOptions {
  /** Path of TensorRT's shared library. */
  readonly library: string;
  readonly product: 'tensorrt' | 'tensorrt-rtx';
  /** Path of its ONNX parser, which refits; empty where there is none. */
  readonly parser: string;
  /** Path of the CUDA driver's. */
  readonly driver: string;
  /** As CUDA counts GPUs, from 0. */
  readonly device: number;
  /** Path of the engine file. */
  readonly plan: string;
  /** The plan may hold code for the CPU, as version-compatible ones do. */
  readonly hostCode: boolean;
  /** Runs under way at a time: each has an execution context and memory of the GPU. */
  readonly maxConcurrent: number;
  /** Runs that wait for that. */
  readonly maxQueue: number;
  /** File that TensorRT-RTX keeps compiled kernels in; empty: none. */
  readonly runtimeCache: string;
  readonly cudaGraph: boolean;
  /** Of TensorRT-RTX, by its name; undefined: its own. */
  readonly specializationStrategy: string | undefined;
  /** Bytes of the GPU's memory; 0: as much as there is. */
  readonly memoryLimit: number;
  /** Bytes of weights in the GPU's memory; -1: TensorRT decides, -2: no budget. */
  readonly weightStreamingBudget: number;
  /** Take the times of layers. */
  readonly profile: boolean;
  readonly onLog?: ((line: NativeLogLine) => void) | undefined;
  /** What is logged, and what is worse. */
  readonly logSeverity: NativeLogLine['severity'];
  readonly signal?: AbortSignal | undefined;
}

const EXECUTOR: NativeExecutor = {
  // Nothing stops a GPU on its way through an engine.
  capabilities: { stopsRunning: false, sharedByThreads: true, zeroCopy: false, concurrentRuns: true },
  onGpu: true,
};

const LOG_LEVELS = { error: 0, warning: 1, info: 2, verbose: 3 } as const;

/** Loads an engine on a GPU. */
export async function openEngineSession(options: EngineSessionOptions): Promise<BackendSession> {
  const { onLog, logSeverity, signal, product, cudaGraph, specializationStrategy, ...native } = options;
  // TensorRT-RTX records graphs itself, and a graph of a graph is none.
  const own = product === 'tensorrt-rtx' && cudaGraph;
  const settings = [
    ...(own ? [{ name: 'cudaGraphStrategy', value: 'wholeGraph' }] : []),
    ...(specializationStrategy ? [{ name: 'specializationStrategy', value: specializationStrategy }] : []),
  ];
  const checked = { ...native, settings, cudaGraphs: cudaGraph && !own, logSeverity: LOG_LEVELS[logSeverity] };
  const start = (addon: NativeBinding, id: number, log: number): void => addon.openEngine(id, { ...checked, log });
  return withEngineCalls(await openNative(EXECUTOR, start, { onLog, signal }));
}

/** A session that another thread of this process has open; undefined where none of that number is. */
export function attachEngineSession(number: number): BackendSession | undefined {
  const session = attachNative(EXECUTOR, number);
  return session && withEngineCalls(session);
}

function withEngineCalls(session: BackendSession): BackendSession {
  const number = session.number as number;
  const engine: EngineCalls = {
    refit: (model, signal) =>
      call((addon, id) => addon.refitEngine(id, number, model), { signal, toError: toRefitError }),
    layerInfo: () => call((addon, id) => addon.inspectEngine(id, number)),
    layerTimes: () => connect().layerTimes(number),
  };
  return Object.assign(session, { engine });
}

function toRefitError(error: NativeError): EngineryError {
  const { code, message, details } = toEngineryError(error);
  const hint =
    code === 'ENGINERY_OPTION_UNSUPPORTED' ? 'Build the engine with engine: { refit: true } (--refit).' : undefined;
  return new EngineryError(code, message, { hint, details });
}
