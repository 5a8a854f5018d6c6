/** The CPU backend: ONNX Runtime on threads of ours, through its C API. */

import { EngineryError } from '../../errors.js';
import type { NativeBinding, NativeError, NativeSessionInfo, NativeSpec } from '../../native/binding.js';
import { call, connect, listen, toEngineryError } from '../../native/calls.js';
import type { RunRequest } from '../../native/run-request.js';
import type { RunResult } from '../../native/run-results.js';
import { cancelRuns, RunOwner, run } from '../../native/runs.js';
import type { ValueInfo, ValueKind } from '../../onnx/model-info.js';
import { isElementType } from '../../tensor/element-type.js';
import { showDims, type Tensor, type TensorLike } from '../../tensor/tensor.js';
import type {
  BackendCapabilities,
  BackendOptions,
  BackendResult,
  BackendRun,
  BackendSession,
  CheckedFeeds,
} from '../backend-session.js';
import { toNativeOptions } from './onnxruntime-options.js';

const capabilities: BackendCapabilities = {
  stopsRunning: true,
  sharedByThreads: true,
  zeroCopy: true,
  concurrentRuns: true,
};

/** The outputs that a run asks for. */
interface Outputs {
  readonly names: readonly string[];
  readonly places: readonly number[];
  /** An object that has these names, to be copied: that is quicker than giving names to a new one. */
  readonly empty: Readonly<Record<string, Tensor>>;
}

// For sessions that nobody disposed of: memory outside V8's sight comes back some time after they are collected.
const forgotten = new FinalizationRegistry<() => Promise<void>>((close) => {
  close().catch(() => {
    // Whoever forgot the session is not there to hear of it.
  });
});

const LOG_LEVELS = { verbose: 0, info: 1, warning: 2, error: 3 } as const;

/**
 * Opens a model with ONNX Runtime.
 *
 * @param library - Path of ONNX Runtime's shared library.
 */
export async function openNativeSession(library: string, options: BackendOptions): Promise<BackendSession> {
  const { model, threads, maxConcurrent, maxQueue, onLog, signal } = options;
  const onnxruntime = toNativeOptions(options.onnxruntime);
  const logSeverity = LOG_LEVELS[options.logSeverity];
  const log = onLog && listen(onLog);
  const native = { library, model, intraOpThreads: threads, maxConcurrent, maxQueue, onnxruntime, logSeverity };
  try {
    const start = (addon: NativeBinding, id: number): void => addon.openSession(id, { ...native, log: log?.id ?? 0 });
    const info = await call<NativeSessionInfo>(start, { signal });
    return toSession(info, log?.stop);
  } catch (error) {
    log?.stop();
    throw error;
  }
}

/** A session that another thread of this process has open; undefined where none of that number is. */
export function attachNativeSession(number: number): BackendSession | undefined {
  const info = connect().attachSession(number);
  return info === null ? undefined : toSession(info);
}

function toSession(info: NativeSessionInfo, stopLog?: () => void): BackendSession {
  const close = closing(info.session, stopLog);
  // Those of the last run: they seldom change.
  let last = placesOf([], info);
  const owner = new RunOwner();
  const session: BackendSession = {
    capabilities,
    inputs: info.inputs.map(toValueInfo),
    outputs: info.outputs.map(toValueInfo),
    number: info.session,
    allocate: (bytes) => connect().allocate(bytes),
    run(parts, { outputs: names, targets, borrow, signal }: BackendRun) {
      if (names !== last.names) last = placesOf(names, info);
      const { places, empty } = last;
      const request: RunRequest = {
        parts: parts.map((part) => info.inputs.map(({ name }) => part[name] as TensorLike)),
        borrow,
        outputs: places,
        targets: targets && names.map((name) => targets[name]),
      };
      const toResult = ({ outputs, queueMs, computeMs }: RunResult): BackendResult => {
        const named: Record<string, Tensor> = { ...empty };
        for (let i = 0; i < names.length; i++) {
          const [name, output] = [names[i] as string, outputs[i] as Tensor | null];
          if (output === null) delete named[name];
          else named[name] = output;
        }
        return { outputs: named, queueMs, computeMs };
      };
      const toError = targets && ((error: NativeError) => toRunError(error, targets));
      return run(owner, info.session, request, toResult, { signal, toError });
    },
    cancel: () => cancelRuns(owner),
    close() {
      forgotten.unregister(session);
      return close();
    },
  };
  forgotten.register(session, close, session);
  return session;
}

/** How ONNX Runtime puts it that the memory for an output has other dims than the output; 1.26 and before do not name it. */
const MISFIT =
  /(?:output '(?<name>.*)' of node .* has shape |OrtValue shape verification failed\. Current shape:)\{(?<target>.*?)\} (?:but the computed output shape for this run is |Requested shape:)\{(?<output>.*?)\}/;

function toRunError(error: NativeError, targets: CheckedFeeds): EngineryError {
  const { name, target, output } = MISFIT.exec(error.message)?.groups ?? {};
  if (target === undefined || output === undefined) return toEngineryError(error);
  const [is, given] = [output, target].map((dims) => showDims(dims.split(',').filter(Boolean)));
  const candidates = Object.entries(targets).filter(([, { dims }]) => showDims(dims) === given);
  const names = name === undefined ? candidates.map(([candidate]) => candidate) : [name];
  if (names.length === 0) return toEngineryError(error);
  return new EngineryError(
    'ENGINERY_INVALID_ARGUMENT',
    `Output ${names.map((it) => `"${it}"`).join(' or ')} is ${is}, the tensor to write it into ${given}`,
  );
}

/** How to close a session, without a reference to it. */
function closing(session: number, stopLog = (): void => {}): () => Promise<void> {
  return () => call<void>((addon, id) => addon.closeSession(id, session)).finally(stopLog);
}

function placesOf(names: readonly string[], { outputs }: NativeSessionInfo): Outputs {
  return {
    names,
    places: names.map((name) => outputs.findIndex((output) => output.name === name)),
    empty: Object.fromEntries(names.map((name) => [name, undefined as unknown as Tensor])),
  };
}

function toValueInfo({ name, type, dims, symbols }: NativeSpec): ValueInfo {
  if (type === 'unknown') return { name, kind: 'tensor', type: null, dims: null };
  if (!isElementType(type)) return { name, kind: type as ValueKind, type: null, dims: null };
  return { name, kind: 'tensor', type, dims: dims.map((dim, axis) => (dim >= 0 ? dim : symbols[axis] || null)) };
}
