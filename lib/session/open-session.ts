/** Opening a session: reads the model, chooses the backend, loads. */

import { attachNativeSession, openNativeSession } from '../backends/onnxruntime/native-backend.js';
import { openWorkerSession } from '../backends/onnxruntime/worker-backend.js';
import type { Profile } from '../engine/profile.js';
import { EngineryError } from '../errors.js';
import type { ModelInfo, ValueInfo } from '../onnx/model-info.js';
import { readModel } from '../onnx/read-model.js';
import type { ElementType } from '../tensor/element-type.js';
import { type ChosenBackend, chooseBackend } from './choose.js';
import type { CheckedOptions } from './create-session.js';
import { publish } from './diagnostics.js';
import { isEngine, type ModelBehind, modelBehind, openEngine } from './engine-file.js';
import { declaredProfiles } from './engine-options.js';
import { Session, type SessionHandle } from './session.js';

const OPEN = { native: openNativeSession, worker: openWorkerSession };

/** What is to be loaded, and within which bounds it is run. */
interface Source {
  /** As {@link SessionBackend} has it. */
  readonly standIn: string | null;
  readonly model: string | Uint8Array;
  readonly info: ModelInfo;
  readonly profiles: readonly Profile[];
}

/** Opens with checked options; see {@link createSession}. */
export async function openSession(model: string | Uint8Array, options: CheckedOptions): Promise<Session> {
  const started = performance.now();
  const [backend, source] = isEngine(model) ? await ofEngine(model, options) : await ofModel(model, options);
  options.signal?.throwIfAborted();
  const loaded = await OPEN[backend.implementation](backend.library, { ...options, model: source.model }).catch(
    (error: unknown) => {
      throw withTypes(error, source.info.elementTypes);
    },
  );
  const { capabilities } = loaded;
  const session = new Session(loaded, {
    backend: { ...backend, capabilities, standIn: source.standIn },
    maxConcurrent: capabilities.concurrentRuns ? options.maxConcurrent : 1,
    inputs: asDeclared(loaded.inputs, source.info.inputs),
    outputs: asDeclared(loaded.outputs, source.info.outputs),
    profiles: source.profiles,
  });
  sayFallback(backend);
  const path = typeof model === 'string' ? model : null;
  publish('load', { session, model: path, milliseconds: performance.now() - started });
  return session;
}

async function ofModel(model: string | Uint8Array, options: CheckedOptions): Promise<[ChosenBackend, Source]> {
  // Read first: our reader says more of a broken file than a runtime does, and checks where external data lies.
  const info = await readModel(model);
  const profiles = await declaredProfiles(model, info, options.engine);
  return [await chooseBackend(options.backend), { standIn: null, model, info, profiles }];
}

/** An engine runs where it was built for; elsewhere the model behind it does, within the engine's bounds. */
async function ofEngine(path: string | Uint8Array, options: CheckedOptions): Promise<[ChosenBackend, Source]> {
  const engine = await openEngine(path, options.trust);
  // Every way to run ONNX Runtime asks for it, and the digest of a large model takes long.
  let found: Promise<ModelBehind> | undefined;
  const behind = (): Promise<ModelBehind> => (found ??= modelBehind(engine, options.signal));
  const backend = await chooseBackend(options.backend, async (name) => {
    if (name === 'onnxruntime') await behind();
    else if (name !== engine.backend) {
      throw new EngineryError(
        'ENGINERY_BACKEND_UNAVAILABLE',
        `The engine was built for ${engine.backend}, not ${name}`,
      );
    }
  });
  const { model, info } = await behind();
  return [backend, { standIn: model, model, info, profiles: engine.profiles }];
}

let said = '';

/** One line for the log where a GPU was preferred, and again only when the reason is another. */
function sayFallback({ name, reasons }: ChosenBackend): void {
  const [reason] = reasons;
  if (reason === undefined || reason.message === said) return;
  said = reason.message;
  process.emitWarning(`running on ${name}: ${reason.message}`, { type: 'EngineryFallback', code: reason.code });
}

/** Attaches with a checked handle; see {@link attachSession}. */
export function attach(handle: SessionHandle): Session {
  const loaded = handle.pid === process.pid ? attachNativeSession(handle.number) : undefined;
  if (loaded !== undefined) return new Session(loaded, handle);
  throw new EngineryError('ENGINERY_DISPOSED', `Session ${handle.number} is closed, or of another process`);
}

/** ONNX Runtime names the node that it does not implement, and not the type, which is often why. */
function withTypes(error: unknown, types: readonly ElementType[]): unknown {
  if (!(error instanceof EngineryError) || !error.message.startsWith('Could not find an implementation')) return error;
  return new EngineryError(error.code, `${error.message}; the model's element types are ${types.join(', ')}`, {
    details: { ...error.details, elementTypes: types },
    cause: error,
  });
}

/**
 * What the model tells apart and ONNX Runtime does not: a tensor of unknown rank and a scalar; and, in the worker, the kinds of
 * what is no tensor.
 */
function asDeclared(values: readonly ValueInfo[], declared: readonly ValueInfo[]): ValueInfo[] {
  return values.map((value) => {
    const { kind, dims } = declared.find(({ name }) => name === value.name) ?? value;
    if (value.kind !== 'tensor') return { ...value, kind };
    return value.dims?.length === 0 && dims === null ? { ...value, dims } : value;
  });
}
