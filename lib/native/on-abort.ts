/** Listening to a signal that may well end hundreds of runs. */

import { setMaxListeners } from 'node:events';

/**
 * Calls the listener when the signal fires.
 *
 * @returns what stops listening
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return nothing;
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

function nothing(): void {}
