/**
 * The worker process: loads a model with the package `onnxruntime-node`, and answers the requests of {@link ./worker-process.js}
 * one after the other. It blocks while it runs: that is what it is for.
 */

import { createRequire } from 'node:module';
import type * as OnnxRuntime from 'onnxruntime-node';
import { EngineryError, type ErrorCode, messageOf } from '../../errors.js';
import { type ElementType, elementTypeOf } from '../../tensor/element-type.js';
import { bytesOf, elementsOf, type TensorData } from '../../tensor/storage.js';

/** A tensor on its way between the processes, in the array that its type's results come in. */
export interface WorkerTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** The model is opened first, and once. */
export type WorkerRequest =
  | {
      readonly kind: 'open';
      /** File of `onnxruntime-node`'s main module. */
      readonly module: string;
      readonly model: string | Uint8Array;
      readonly threads: number;
    }
  | {
      readonly kind: 'run';
      readonly feeds: Readonly<Record<string, WorkerTensor>>;
      readonly outputs: readonly string[];
    };

export type WorkerReply =
  | { readonly kind: 'opened'; readonly inputs: readonly WorkerValue[]; readonly outputs: readonly WorkerValue[] }
  | { readonly kind: 'ran'; readonly outputs: readonly WorkerTensor[] }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined };

/** As `onnxruntime-node` describes an input or output. */
export type WorkerValue = OnnxRuntime.InferenceSession.ValueMetadata;

let runtime: typeof OnnxRuntime;
let session: OnnxRuntime.InferenceSession;

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  try {
    return request.kind === 'open' ? await open(request) : await run(request);
  } catch (error) {
    const known = error instanceof EngineryError;
    const code = known ? error.code : 'ENGINERY_RUN_FAILED';
    return { kind: 'failed', code, message: messageOf(error), hint: known ? error.hint : undefined };
  }
}

async function open({ module, model, threads }: WorkerRequest & { kind: 'open' }): Promise<WorkerReply> {
  try {
    runtime = createRequire(import.meta.url)(module) as typeof OnnxRuntime;
  } catch (error) {
    throw new EngineryError('ENGINERY_LIBRARY_UNUSABLE', `onnxruntime-node does not load: ${messageOf(error)}`);
  }
  // What it says reaches nobody; errors are thrown.
  const options = { intraOpNumThreads: threads, logSeverityLevel: 4 } as const;
  try {
    session = await (typeof model === 'string'
      ? runtime.InferenceSession.create(model, options)
      : runtime.InferenceSession.create(model, options));
  } catch (error) {
    throw openError(messageOf(error));
  }
  const { inputMetadata: inputs, outputMetadata: outputs } = session;
  if (inputs === undefined || outputs === undefined) {
    throw new EngineryError('ENGINERY_LIBRARY_UNSUPPORTED', 'This onnxruntime-node does not describe inputs', {
      hint: 'npm i onnxruntime-node@latest',
    });
  }
  for (const value of [...inputs, ...outputs]) {
    // It describes them, and then refuses such an input, and dies of such an output.
    if (value.isTensor && (value.type === 'int4' || value.type === 'uint4')) throw unsupported(value.type);
  }
  return { kind: 'opened', inputs, outputs };
}

/** The last type to which ONNX Runtime and ONNX give the same number, and those with numbers of its own. */
const LAST_COMMON_TYPE = 23;
const OWN_TYPES: Readonly<Record<number, ElementType>> = { 24: 'uint2', 25: 'int2', 26: 'float8e8m0' };

/** `onnxruntime-node` passes messages on, and no codes. */
function openError(message: string): EngineryError {
  const number = /^Unsupported data type: (\d+)$/.exec(message)?.[1];
  if (number !== undefined) return unsupported(typeNamed(Number(number)) ?? `number ${number}`);
  const invalid = /protobuf parsing failed|this is an invalid model/i.test(message);
  return new EngineryError(invalid ? 'ENGINERY_INVALID_MODEL' : 'ENGINERY_SESSION_FAILED', message);
}

function typeNamed(number: number): ElementType | null {
  return (number <= LAST_COMMON_TYPE ? elementTypeOf(number) : OWN_TYPES[number]) ?? null;
}

function unsupported(type: string): EngineryError {
  const message = `The model has an input or output of type ${type}, which onnxruntime-node does not take`;
  return new EngineryError('ENGINERY_SESSION_FAILED', message, {
    hint: "Backend 'onnxruntime-native' takes it, where the native part of enginery has a binary.",
  });
}

async function run({ feeds, outputs }: WorkerRequest & { kind: 'run' }): Promise<WorkerReply> {
  const tensors: Record<string, OnnxRuntime.Tensor> = {};
  for (const [name, { type, data, dims }] of Object.entries(feeds)) {
    tensors[name] = new runtime.Tensor(type as 'float32', data as Float32Array, dims);
  }
  const results = await session.run(tensors, outputs);
  return { kind: 'ran', outputs: outputs.map((name) => toWorkerTensor(results[name] as OnnxRuntime.Tensor)) };
}

function toWorkerTensor({ type, dims, data }: OnnxRuntime.Tensor): WorkerTensor {
  // From Node 24 on float16 comes as a Float16Array.
  return { type, dims, data: type === 'string' ? (data as string[]) : elementsOf(type, bytesOf(data as Float32Array)) };
}

process.on('message', async (request: WorkerRequest) => {
  process.send?.(await answer(request));
});
process.on('disconnect', () => process.exit());
// Ctrl-C in a terminal goes to every process. When this one ends is for its parent to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
