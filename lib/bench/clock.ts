/** The time that measurements go by: a seam, so that tests need not take any. */

import { setImmediate, setTimeout } from 'node:timers/promises';

/** Time in milliseconds. */
export interface Clock {
  now(): number;
  /** Waits until then without blocking the event loop. Rejects with the signal's reason. */
  until(time: number, signal: AbortSignal | undefined): Promise<void>;
}

/** Timers come up to this much late: the rest of a wait goes by turns of the event loop. */
const TIMER_SLACK = 2;
/** A timer that stops for a signal would need a listener for each wait; looking now and then does. */
const LONGEST_SLEEP = 100;

/** The clock on the wall. */
export const CLOCK: Clock = {
  now: () => performance.now(),
  async until(time, signal) {
    for (;;) {
      signal?.throwIfAborted();
      const left = time - performance.now();
      if (left <= 0) return;
      await (left > TIMER_SLACK ? setTimeout(Math.min(left - TIMER_SLACK, LONGEST_SLEEP)) : setImmediate());
    }
  },
};
