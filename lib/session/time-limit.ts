/** A signal that ends a run when its time is over. */

import { onAbort } from '../native/on-abort.js';

/** A signal that fires when the caller's does, and when the time is over, until it is released. */
export function timeLimit(
  caller: AbortSignal | undefined,
  milliseconds: number,
): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const { signal } = controller;
  const stopListening = onAbort(caller, () => controller.abort(caller?.reason));
  const timer = setTimeout(() => {
    controller.abort(new DOMException(`The run took longer than ${milliseconds} ms`, 'TimeoutError'));
  }, milliseconds);
  return {
    signal,
    release() {
      clearTimeout(timer);
      stopListening();
    },
  };
}
