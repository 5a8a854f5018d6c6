/** When requests arrive that know nothing of each other. */

import type { Random } from './random.js';

/**
 * The arrivals of a Poisson process, without end: the times between them are exponentially distributed.
 *
 * @param rate - Arrivals per second on average.
 * @returns milliseconds since the start, ascending
 */
export function* poissonArrivals(rate: number, random: Random): Generator<number, never> {
  let time = 0;
  while (true) {
    // 1 - random() is never 0.
    time -= (Math.log(1 - random()) / rate) * 1000;
    yield time;
  }
}
