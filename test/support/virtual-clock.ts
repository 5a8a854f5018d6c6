import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../dist/bench/clock.js';

/** Time that passes only when everybody waits for it. */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #waiting: { readonly time: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  /** Lets time pass at once, as work on this thread does. */
  spend(ms: number): void {
    this.#now += ms;
  }

  until(time: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (time <= this.#now) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ time, wake: resolve });
    });
  }

  sleep(ms: number): Promise<void> {
    return this.until(this.#now + ms);
  }

  /** Lets time pass until the work is done. */
  async drive<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = (): void => {
      done = true;
    };
    work.then(end, end);
    for (;;) {
      await setImmediate();
      if (done) return work;
      this.#waiting.sort((a, b) => a.time - b.time);
      const next = this.#waiting.shift();
      if (next === undefined) continue;
      this.#now = Math.max(this.#now, next.time);
      next.wake();
    }
  }
}
