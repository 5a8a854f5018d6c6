/** What stops long work: the caller's signal, or a listener of the caller's that throws. */

/** One signal for both, and guards for listeners. */
export interface Stop {
  readonly signal: AbortSignal;
  /** A listener whose exception stops the work and becomes its reason; it is not called any more once stopped. */
  guard<T>(listener: ((value: T) => void) | undefined): (value: T) => void;
  /** Lets go of the caller's signal, which may live much longer. */
  release(): void;
}

/** @param signal the caller's, if there is one */
export function followSignal(signal: AbortSignal | undefined): Stop {
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal?.reason);
  if (signal?.aborted) follow();
  else signal?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    guard: (listener) => (value) => {
      if (listener === undefined || controller.signal.aborted) return;
      try {
        listener(value);
      } catch (error) {
        controller.abort(error);
      }
    },
    release: () => signal?.removeEventListener('abort', follow),
  };
}
