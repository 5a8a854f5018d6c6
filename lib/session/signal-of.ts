/** The signal among the options of a call. */

import { EngineryError } from '../errors.js';

/** @throws EngineryError `ENGINERY_INVALID_ARGUMENT` where options, or their signal, are something else; the signal's reason */
export function signalOf(options: { readonly signal?: AbortSignal | undefined }): AbortSignal | undefined {
  if (typeof options !== 'object' || options === null) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `options: expected an object, not ${String(options)}`);
  }
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', 'signal: expected an AbortSignal');
  }
  signal?.throwIfAborted();
  return signal;
}
