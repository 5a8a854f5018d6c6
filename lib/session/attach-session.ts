/** Sharing a session between threads: the public function. What it does is loaded when it is first called. */

import { EngineryError } from '../errors.js';
import type { ModelTypes } from './model-types.js';
import type { Session } from './session.js';
import type { SessionHandle } from './session-handle.js';

/**
 * Attaches to a session that another thread of this process has open: the model is not loaded again, and lives until all have
 * disposed of it.
 *
 * @typeParam Model - As of `createSession`.
 * @param handle - What `session.handle` gave there; it can be posted to a worker.
 * @throws EngineryError `ENGINERY_DISPOSED` where the session is gone, `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_NATIVE_UNAVAILABLE`.
 * @example
 * ```ts
 * new Worker('./worker.js', { workerData: session.handle });
 * // in worker.js
 * const session = await attachSession(workerData);
 * ```
 */
export async function attachSession<Model extends ModelTypes = ModelTypes>(
  handle: SessionHandle,
): Promise<Session<Model>> {
  const { pid, number, backend, inputs } = handle ?? {};
  if (!Number.isInteger(pid) || !Number.isInteger(number) || !Array.isArray(inputs) || !backend?.name) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', 'attachSession takes what session.handle gives');
  }
  const { attach } = await import('./open-session.js');
  return attach(handle) as Session<Model>;
}
