/** Opening a session: an engine file or a model, on the backend that fits. */

import { attachNativeSession } from '../backends/onnxruntime/native-backend.js';
import { attachEngineSession } from '../backends/tensorrt/engine-session.js';
import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import type { ChosenBackend } from './choose.js';
import type { CheckedOptions } from './create-session.js';
import { publish } from './diagnostics.js';
import { isEngine } from './engine-file.js';
import { openEngineFile } from './open-engine.js';
import { type DeclaredValue, openModel } from './open-model.js';
import { Session } from './session.js';
import type { SessionHandle } from './session-handle.js';

/** Opens with checked options; see {@link createSession}. */
export async function openSession(model: string | Uint8Array, options: CheckedOptions): Promise<Session> {
  const started = performance.now();
  const opened = isEngine(model) ? await openEngineFile(model, options) : await openModel(model, options);
  const { backend, loaded, standIn, declared, profiles } = opened;
  const { capabilities } = loaded;
  const session = new Session(loaded, {
    backend: { ...backend, capabilities, standIn },
    inputs: asDeclared(loaded.inputs, declared.inputs),
    outputs: asDeclared(loaded.outputs, declared.outputs),
    profiles,
  });
  sayFallback(backend);
  const path = typeof model === 'string' ? model : null;
  publish('load', { session, model: path, milliseconds: performance.now() - started });
  return session;
}

let said = '';

/** One line for the log where a GPU was preferred and there is none, and again only when the reason is another. */
function sayFallback({ name, device, reasons }: ChosenBackend): void {
  const [reason] = reasons;
  if (device !== null || reason === undefined || reason.message === said) return;
  said = reason.message;
  process.emitWarning(`running on ${name}: ${reason.message}`, { type: 'EngineryFallback', code: reason.code });
}

/** Attaches with a checked handle; see {@link attachSession}. */
export function attach(handle: SessionHandle): Session {
  const attachHere = handle.backend.name === 'onnxruntime' ? attachNativeSession : attachEngineSession;
  const loaded = handle.pid === process.pid ? attachHere(handle.number) : undefined;
  if (loaded !== undefined) return new Session(loaded, handle);
  throw new EngineryError('ENGINERY_DISPOSED', `Session ${handle.number} is closed, or of another process`);
}

/**
 * What the model tells apart and a backend does not: a tensor of unknown rank and a scalar, for ONNX Runtime; the kinds of what
 * is no tensor, for the worker; names of dimensions, for an engine.
 */
function asDeclared(values: readonly ValueInfo[], declared: readonly DeclaredValue[]): ValueInfo[] {
  return values.map((value) => {
    const { kind = value.kind, dims = value.dims } = declared.find(({ name }) => name === value.name) ?? value;
    if (value.kind !== 'tensor') return { ...value, kind };
    if (value.dims?.length === 0 && dims === null) return { ...value, dims };
    const named = value.dims?.map((dim, axis) => (dim === null && typeof dims?.[axis] === 'string' ? dims[axis] : dim));
    return { ...value, dims: named ?? null };
  });
}
