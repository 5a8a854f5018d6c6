/** The CPU backend for machines without a binary of ours: the package `onnxruntime-node`, in a process of its own. */

import { EngineryError } from '../../errors.js';
import type { ValueInfo } from '../../onnx/model-info.js';
import type { ElementType } from '../../tensor/element-type.js';
import { bytesOf, elementsOf, type TensorData } from '../../tensor/storage.js';
import { showDims, Tensor, type TensorLike } from '../../tensor/tensor.js';
import type {
  BackendCapabilities,
  BackendOptions,
  BackendRun,
  BackendSession,
  CheckedFeeds,
} from '../backend-session.js';
import type { WorkerTensor, WorkerValue } from './worker-child.js';
import { WorkerProcess } from './worker-process.js';

const capabilities: BackendCapabilities = {
  stopsRunning: false,
  sharedByThreads: false,
  zeroCopy: false,
  concurrentRuns: false,
};

// For sessions that nobody disposed of.
const forgotten = new FinalizationRegistry<WorkerProcess>((worker) => {
  void worker.close();
});

/**
 * Opens a model with `onnxruntime-node`.
 *
 * @param module - Path of the package's main module.
 */
export async function openWorkerSession(module: string, options: BackendOptions): Promise<BackendSession> {
  const { model, threads, maxQueue, onnxruntime, onLog, signal } = options;
  if (onnxruntime !== undefined) {
    throw new EngineryError('ENGINERY_OPTION_UNSUPPORTED', 'onnxruntime: only onnxruntime-native takes these options');
  }
  if (onLog !== undefined) {
    throw new EngineryError('ENGINERY_OPTION_UNSUPPORTED', 'onLog: only onnxruntime-native gives its log');
  }
  signal?.throwIfAborted();
  const worker = new WorkerProcess(maxQueue);
  try {
    const { reply } = await worker.ask({ kind: 'open', module, model, threads }, signal);
    if (reply.kind === 'opened') return toSession(worker, reply.inputs, reply.outputs);
    throw unexpected(reply.kind);
  } catch (error) {
    worker.cancel();
    void worker.close();
    throw error;
  }
}

function toSession(
  worker: WorkerProcess,
  inputs: readonly WorkerValue[],
  outputs: readonly WorkerValue[],
): BackendSession {
  const session: BackendSession = {
    capabilities,
    inputs: inputs.map(toValueInfo),
    outputs: outputs.map(toValueInfo),
    number: null,
    allocate,
    allocatePinned: async (bytes) => allocate(bytes),
    queue: () => worker.queue,
    async run(parts: readonly CheckedFeeds[], { outputs: names, targets, signal }: BackendRun) {
      const feeds = gather(parts);
      const { reply, queueMs, computeMs } = await worker.ask({ kind: 'run', feeds, outputs: names }, signal);
      if (reply.kind !== 'ran') throw unexpected(reply.kind);
      const tensors = reply.outputs.flatMap((tensor, i): [string, Tensor][] => {
        const name = names[i] as string;
        const target = targets?.[name];
        if (target === undefined) return [[name, toTensor(tensor)]];
        fill(name, target, tensor);
        return [];
      });
      return { outputs: Object.fromEntries(tensors), queueMs, computeMs };
    },
    cancel: () => worker.cancel(),
    async close() {
      forgotten.unregister(session);
      await worker.close();
    },
  };
  forgotten.register(session, worker, session);
  return session;
}

/** The parts one below the other, in memory of our own. */
function gather(parts: readonly CheckedFeeds[]): Record<string, WorkerTensor> {
  const names = Object.keys(parts[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [
      name,
      join(
        name,
        parts.map((part) => part[name] as TensorLike),
      ),
    ]),
  );
}

function join(name: string, parts: readonly TensorLike[]): WorkerTensor {
  const [{ type, dims }] = parts as [TensorLike];
  const rows = parts.reduce((sum, part) => sum + (part.dims[0] ?? 0), 0);
  const joined = dims.length === 0 ? [] : [rows, ...dims.slice(1)];
  return { type, dims: joined, data: type === 'string' ? strings(name, parts) : elements(type as NumericType, parts) };
}

type NumericType = Exclude<ElementType, 'string'>;

function elements(type: NumericType, parts: readonly TensorLike[]): TensorData {
  const pieces = parts.map(({ data }) => bytesOf(data as ArrayBufferView));
  const bytes = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return elementsOf(type, bytes);
}

function strings(name: string, parts: readonly TensorLike[]): readonly string[] {
  const all = parts.flatMap(({ data }) => data as readonly string[]);
  if (all.some((text) => text.includes('\0'))) {
    const message = `Input "${name}": onnxruntime-node would cut a string at its NUL character`;
    throw new EngineryError('ENGINERY_INVALID_FEED', message, { details: { input: name } });
  }
  return all;
}

/** Copied, because the tensors of one message share its memory, and are to be transferable one by one. */
function toTensor({ type, dims, data }: WorkerTensor): Tensor {
  const own = ArrayBuffer.isView(data) ? elementsOf(type as NumericType, bytesOf(data).slice()) : data;
  return new Tensor(type as ElementType, own, dims);
}

function fill(name: string, target: TensorLike, { type, dims, data }: WorkerTensor): void {
  if (type !== target.type || showDims(dims) !== showDims(target.dims)) {
    const got = `${type} ${showDims(dims)}`;
    const message = `Output "${name}" is ${got}, the tensor to write it into ${target.type} ${showDims(target.dims)}`;
    throw new EngineryError('ENGINERY_RUN_FAILED', message);
  }
  bytesOf(target.data as ArrayBufferView).set(bytesOf(data as ArrayBufferView));
}

function toValueInfo(value: WorkerValue): ValueInfo {
  const { name } = value;
  // Which kind it is, is not said; the model does.
  if (!value.isTensor) return { name, kind: 'sequence', type: null, dims: null };
  return { name, kind: 'tensor', type: value.type, dims: value.shape.map((dim) => (dim === '' ? null : dim)) };
}

function unexpected(kind: string): EngineryError {
  return new EngineryError('ENGINERY_INTERNAL', `The worker process answered with "${kind}"`);
}

function allocate(bytes: number): SharedArrayBuffer | null {
  try {
    return new SharedArrayBuffer(bytes);
  } catch {
    return null;
  }
}
