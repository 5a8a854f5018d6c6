/** Long loops in pieces, so that the event loop turns in between. */

import { setImmediate } from 'node:timers/promises';

/** Elements worked on between two turns of the event loop: well under a millisecond of work. */
export const CHUNK: number = 1 << 12;

/** Calls `work` on `[start, end)` for each piece of `length` elements, with a turn of the event loop between pieces. */
export async function inChunks(length: number, work: (start: number, end: number) => void): Promise<void> {
  for (let start = 0; start < length; start += CHUNK) {
    if (start > 0) await setImmediate();
    work(start, Math.min(start + CHUNK, length));
  }
}
