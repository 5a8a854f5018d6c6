/** What stops a build: the caller's signal, or a listener of the caller's that throws. */

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

/**
 * Waits for work that stops only at its next step, but not longer than until the signal aborts: TensorRT has steps that
 * take seconds.
 *
 * @param work which has been told to stop by other means
 * @param cleanUp removes what the work may leave; called at once and again when the work has really stopped
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, cleanUp: () => Promise<void>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      const give = (): void => reject(signal.reason);
      cleanUp().then(give, give);
      work.then(cleanUp, cleanUp).catch(() => {});
    };
    signal.addEventListener('abort', abort, { once: true });
    const over = (): void => signal.removeEventListener('abort', abort);
    work.then(resolve, reject).then(over, over);
  });
}
