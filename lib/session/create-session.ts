/** Loading a model on the backend that fits: the public function. What it does is loaded when it is first called. */

import { EngineryError } from '../errors.js';
import type { BackendChoice } from './choose.js';
import type { Session } from './session.js';

/** Options of {@link createSession}. */
export interface SessionOptions {
  /** What executes the model. Default `'auto'`. */
  readonly backend?: BackendChoice | undefined;
  /** Threads that share the work of one run on the CPU. Default 1: a service gains more by running several at once. */
  readonly threads?: number | undefined;
  /** Gives up loading. */
  readonly signal?: AbortSignal | undefined;
}

const MOST_THREADS = 1024;

/**
 * Loads an ONNX model.
 *
 * This release executes on the CPU, through ONNX Runtime: `session.backend.reasons` says what was passed over and why, and
 * `backend: 'gpu'` is an error.
 *
 * @param model - Path of an ONNX file, external data beside it; or its bytes, which must not change until the promise settles.
 * @throws EngineryError
 * - about the arguments: `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_INVALID_OPTION`;
 * - about the model: `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, `ENGINERY_INVALID_MODEL`,
 *   `ENGINERY_EXTERNAL_DATA`, `ENGINERY_SESSION_FAILED`;
 * - about this machine: `ENGINERY_BACKEND_UNAVAILABLE`, with `details.reasons`; where one backend was asked for, its own
 *   reason: `ENGINERY_DEVICE_UNAVAILABLE`, `ENGINERY_LIBRARY_NOT_FOUND`, `ENGINERY_LIBRARY_UNUSABLE`,
 *   `ENGINERY_LIBRARY_UNSUPPORTED`, `ENGINERY_NATIVE_UNAVAILABLE`.
 *
 * Rejects with the signal's reason when aborted.
 * @example
 * ```ts
 * await using session = await createSession('digits.onnx', { backend: 'cpu' });
 * session.backend; // { name: 'onnxruntime', version: '1.30.0', library: '…/libonnxruntime.so.1', reasons: [] }
 * ```
 */
export async function createSession(model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { threads = 1, signal } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw new EngineryError(
      'ENGINERY_INVALID_OPTION',
      `threads is ${threads}, expected an integer from 1 to ${MOST_THREADS}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', 'signal: expected an AbortSignal');
  }
  signal?.throwIfAborted();
  const { openSession } = await import('./open-session.js');
  return openSession(model, options);
}
