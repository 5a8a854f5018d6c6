/** Random numbers that are the same for the same seed, on every machine. Not for secrets. */

/** Gives the next number, from 0 up to but not 1. */
export type Random = () => number;

/**
 * Starts a sequence of random numbers (the generator mulberry32).
 *
 * @param seed - A whole number; its low 32 bits count.
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
