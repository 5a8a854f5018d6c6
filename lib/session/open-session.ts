/** Opening a session: reads the model, chooses the backend, loads. */

import { attachNativeSession, openNativeSession } from '../backends/onnxruntime/native-backend.js';
import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { readModel } from '../onnx/read-model.js';
import { chooseBackend } from './choose.js';
import type { CheckedOptions } from './create-session.js';
import { publish } from './diagnostics.js';
import { Session, type SessionHandle } from './session.js';

/** Opens with checked options; see {@link createSession}. */
export async function openSession(model: string | Uint8Array, options: CheckedOptions): Promise<Session> {
  const started = performance.now();
  // Read first: our reader says more of a broken file than a runtime does, and checks where external data lies.
  const info = await readModel(model);
  const backend = await chooseBackend(options.backend);
  options.signal?.throwIfAborted();
  const loaded = await openNativeSession(backend.library, { ...options, model });
  const session = new Session(loaded, {
    backend,
    maxConcurrent: options.maxConcurrent,
    inputs: withUnknownRanks(loaded.inputs, info.inputs),
    outputs: withUnknownRanks(loaded.outputs, info.outputs),
  });
  const path = typeof model === 'string' ? model : null;
  publish('load', { session, model: path, milliseconds: performance.now() - started });
  return session;
}

/** Attaches with a checked handle; see {@link attachSession}. */
export function attach(handle: SessionHandle): Session {
  const loaded = attachNativeSession(handle.number);
  if (loaded !== undefined) return new Session(loaded, handle);
  throw new EngineryError('ENGINERY_DISPOSED', `Session ${handle.number} is closed, or of another process`);
}

/** ONNX Runtime describes a tensor of unknown rank and a scalar alike; the model tells them apart. */
function withUnknownRanks(values: readonly ValueInfo[], declared: readonly ValueInfo[]): ValueInfo[] {
  return values.map((value) => {
    const unknown = value.dims?.length === 0 && declared.some(({ name, dims }) => name === value.name && dims === null);
    return unknown ? { ...value, dims: null } : value;
  });
}
