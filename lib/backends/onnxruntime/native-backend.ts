/** The CPU backend: ONNX Runtime on threads of ours, through its C API. */

import { EngineryError } from '../../errors.js';
import type {
  NativeBinding,
  NativeError,
  NativeRunResult,
  NativeSessionInfo,
  NativeSpec,
  NativeTensor,
} from '../../native/binding.js';
import { call, connect, toEngineryError } from '../../native/calls.js';
import type { ValueInfo, ValueKind } from '../../onnx/model-info.js';
import { type ElementType, isElementType } from '../../tensor/element-type.js';
import { bytesOf, elementsOf } from '../../tensor/storage.js';
import { showDims, Tensor, type TensorLike } from '../../tensor/tensor.js';
import type {
  BackendCapabilities,
  BackendOptions,
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

// For sessions that nobody disposed of: memory outside V8's sight comes back some time after they are collected.
const forgotten = new FinalizationRegistry<number>((session) => {
  closeNative(session).catch(() => {
    // Whoever forgot the session is not there to hear of it.
  });
});

/**
 * Opens a model with ONNX Runtime.
 *
 * @param library - Path of ONNX Runtime's shared library.
 */
export async function openNativeSession(library: string, options: BackendOptions): Promise<BackendSession> {
  const { model, threads, maxConcurrent, maxQueue, signal } = options;
  const onnxruntime = toNativeOptions(options.onnxruntime);
  const info = await call<NativeSessionInfo>(
    (addon, id) =>
      addon.openSession(id, { library, model, intraOpThreads: threads, maxConcurrent, maxQueue, onnxruntime }),
    { signal },
  );
  return toSession(info);
}

/** A session that another thread of this process has open; undefined where none of that number is. */
export function attachNativeSession(number: number): BackendSession | undefined {
  const info = connect().attachSession(number);
  return info === null ? undefined : toSession(info);
}

function toSession(info: NativeSessionInfo): BackendSession {
  // By number, as the thread may have the session more than once: those of the others are not ours to stop.
  const runs = new Set<number>();
  const session: BackendSession = {
    capabilities,
    inputs: info.inputs.map(toValueInfo),
    outputs: info.outputs.map(toValueInfo),
    number: info.session,
    allocate: (bytes) => connect().allocate(bytes),
    async run(parts, { outputs, targets, borrow, signal }: BackendRun) {
      const feeds = parts.map((part) => toNativeFeeds(part, borrow));
      const memory = targets && outputs.map((name) => targetNamed(targets, name));
      let number = 0;
      const start = (addon: NativeBinding, id: number): void => {
        addon.run(id, info.session, feeds, outputs, { borrow, targets: memory });
        number = id;
        runs.add(id);
      };
      // Held until the run is over: nobody else may have the borrowed memory any more. Not the caller's own objects, which
      // may have come to hold something else.
      const held = borrow || memory ? [feeds, memory] : undefined;
      try {
        const result = await call<NativeRunResult>(start, { signal, held, toError: toRunError });
        signal?.throwIfAborted(); // its last operator may have been under way
        const tensors = result.outputs.flatMap((tensor, i): [string, Tensor][] =>
          tensor === null ? [] : [[outputs[i] as string, toTensor(tensor)]],
        );
        return { outputs: Object.fromEntries(tensors), queueMs: result.queueMs, computeMs: result.computeMs };
      } finally {
        runs.delete(number);
      }
    },
    cancel() {
      for (const run of runs) connect().cancel(run);
    },
    async close() {
      forgotten.unregister(session);
      await closeNative(info.session);
    },
  };
  forgotten.register(session, info.session, session);
  return session;
}

/** How ONNX Runtime puts it that the memory for an output has other dims than the output. */
const MISFIT = /output '(.*)' of node .* has shape \{(.*?)\} but the computed output shape for this run is \{(.*?)\}/;

function toRunError(error: NativeError): EngineryError {
  const [, name, target, output] = MISFIT.exec(error.message) ?? [];
  if (target === undefined || output === undefined) return toEngineryError(error);
  const [is, given] = [output, target].map((dims) => showDims(dims.split(',').filter(Boolean)));
  return new EngineryError(
    'ENGINERY_INVALID_ARGUMENT',
    `Output "${name}" is ${is}, the tensor to write it into ${given}`,
  );
}

function closeNative(session: number): Promise<void> {
  return call<void>((addon, id) => addon.closeSession(id, session));
}

function toNativeFeeds(feeds: CheckedFeeds, borrow: boolean): Record<string, NativeTensor> {
  const native: Record<string, NativeTensor> = Object.create(null);
  for (const [name, tensor] of Object.entries(feeds)) native[name] = toNative(tensor, borrow);
  return native;
}

function targetNamed(targets: CheckedFeeds, name: string): NativeTensor | null {
  const target = targets[name];
  return target === undefined ? null : toNative(target, true);
}

function toNative({ type, dims, data }: TensorLike, borrow: boolean): NativeTensor {
  if (!ArrayBuffer.isView(data)) return { type, dims, data: data as readonly string[] };
  const bytes = bytesOf(data);
  return borrow
    ? { type, dims, data: bytes, shared: data.buffer instanceof SharedArrayBuffer }
    : { type, dims, data: bytes };
}

function toTensor({ type, dims, data }: NativeTensor): Tensor {
  // Native code gives bytes for every type of its table but strings.
  const elements = ArrayBuffer.isView(data)
    ? elementsOf(type as Exclude<ElementType, 'string'>, data as Uint8Array)
    : data;
  return new Tensor(type as ElementType, elements, dims);
}

function toValueInfo({ name, type, dims, symbols }: NativeSpec): ValueInfo {
  if (type === 'unknown') return { name, kind: 'tensor', type: null, dims: null };
  if (!isElementType(type)) return { name, kind: type as ValueKind, type: null, dims: null };
  return { name, kind: 'tensor', type, dims: dims.map((dim, axis) => (dim >= 0 ? dim : symbols[axis] || null)) };
}
