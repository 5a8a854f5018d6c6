/** The CPU backend: ONNX Runtime on threads of ours, through its C API. */

import { EngineryError } from '../../errors.js';
import type { NativeError } from '../../native/binding.js';
import { toEngineryError } from '../../native/calls.js';
import { showDims } from '../../tensor/tensor.js';
import type { BackendOptions, BackendSession, CheckedFeeds } from '../backend-session.js';
import { attachNative, type NativeExecutor, openNative } from '../native-session.js';
import { toNativeOptions } from './onnxruntime-options.js';

const EXECUTOR: NativeExecutor = {
  capabilities: { stopsRunning: true, sharedByThreads: true, zeroCopy: true, concurrentRuns: true },
  toRunError,
};

const LOG_LEVELS = { verbose: 0, info: 1, warning: 2, error: 3 } as const;

/**
 * Opens a model with ONNX Runtime.
 *
 * @param library - Path of ONNX Runtime's shared library.
 */
export async function openNativeSession(library: string, options: BackendOptions): Promise<BackendSession> {
  const { model, threads, maxConcurrent, maxQueue } = options;
  const onnxruntime = toNativeOptions(options.onnxruntime);
  const logSeverity = LOG_LEVELS[options.logSeverity];
  const native = { library, model, intraOpThreads: threads, maxConcurrent, maxQueue, onnxruntime, logSeverity };
  return openNative(EXECUTOR, (addon, id, log) => addon.openSession(id, { ...native, log }), options);
}

/** A session that another thread of this process has open; undefined where none of that number is. */
export function attachNativeSession(number: number): BackendSession | undefined {
  return attachNative(EXECUTOR, number);
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
