/** Opening a session: reads the model, chooses the backend, loads. */

import { openNativeSession } from '../backends/onnxruntime/native-backend.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { readModel } from '../onnx/read-model.js';
import { chooseBackend } from './choose.js';
import type { SessionOptions } from './create-session.js';
import { Session } from './session.js';

/** Opens with checked options; see {@link createSession}. */
export async function openSession(
  model: string | Uint8Array,
  { backend: choice = 'auto', threads = 1, signal }: SessionOptions,
): Promise<Session> {
  // Read first: our reader says more of a broken file than a runtime does, and checks where external data lies.
  const info = await readModel(model);
  const backend = await chooseBackend(choice);
  signal?.throwIfAborted();
  const loaded = await openNativeSession({ library: backend.library, model, threads, signal });
  return new Session(loaded, backend, {
    inputs: withUnknownRanks(loaded.inputs, info.inputs),
    outputs: withUnknownRanks(loaded.outputs, info.outputs),
  });
}

/** ONNX Runtime describes a tensor of unknown rank and a scalar alike; the model tells them apart. */
function withUnknownRanks(values: readonly ValueInfo[], declared: readonly ValueInfo[]): ValueInfo[] {
  return values.map((value) => {
    const unknown = value.dims?.length === 0 && declared.some(({ name, dims }) => name === value.name && dims === null);
    return unknown ? { ...value, dims: null } : value;
  });
}
