/** The CPU backend: ONNX Runtime on threads of ours, through its C API. */

import type { NativeSessionInfo, NativeSpec, NativeTensor } from '../../native/binding.js';
import { call } from '../../native/calls.js';
import type { ValueInfo, ValueKind } from '../../onnx/model-info.js';
import { type ElementType, isElementType } from '../../tensor/element-type.js';
import { bytesOf, elementsOf } from '../../tensor/storage.js';
import { Tensor, type TensorLike } from '../../tensor/tensor.js';
import type { BackendSession } from '../backend-session.js';

/** How to open a model. */
export interface NativeBackendOptions {
  /** ONNX Runtime's shared library. */
  readonly library: string;
  /** A path, or bytes, which are copied. */
  readonly model: string | Uint8Array;
  /** Threads that share the work of one run. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

// For sessions that nobody disposed of: memory outside V8's sight comes back some time after they are collected.
const forgotten = new FinalizationRegistry<number>((session) => {
  closeNative(session).catch(() => {
    // Whoever forgot the session is not there to hear of it.
  });
});

/** Opens a model with ONNX Runtime. */
export async function openNativeSession(options: NativeBackendOptions): Promise<BackendSession> {
  const { library, model, threads, signal } = options;
  const info = await call<NativeSessionInfo>(
    (addon, id) => addon.openSession(id, { library, model, intraOpThreads: threads }),
    { signal },
  );
  const outputNames = info.outputs.map(({ name }) => name);
  const session: BackendSession = {
    inputs: info.inputs.map(toValueInfo),
    outputs: info.outputs.map(toValueInfo),
    async run(feeds, runSignal) {
      const results = await call<readonly NativeTensor[]>(
        (addon, id) => addon.run(id, info.session, toNativeFeeds(feeds), outputNames),
        { signal: runSignal },
      );
      return Object.fromEntries(results.map((result, index) => [outputNames[index], toTensor(result)]));
    },
    async close() {
      forgotten.unregister(session);
      await closeNative(info.session);
    },
  };
  forgotten.register(session, info.session, session);
  return session;
}

function closeNative(session: number): Promise<void> {
  return call<void>((addon, id) => addon.closeSession(id, session));
}

function toNativeFeeds(feeds: Readonly<Record<string, TensorLike>>): Record<string, NativeTensor> {
  const native: Record<string, NativeTensor> = Object.create(null);
  for (const [name, { type, dims, data }] of Object.entries(feeds)) {
    native[name] = { type, dims, data: ArrayBuffer.isView(data) ? bytesOf(data) : (data as readonly string[]) };
  }
  return native;
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
