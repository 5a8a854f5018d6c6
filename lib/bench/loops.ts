/** When runs start: when another one ends (closed loop), or when they are due, whatever the others do (open loop). */

import type { Clock } from './clock.js';

/** Runs once. */
export type RunOnce = (due: number) => Promise<void>;

/**
 * Keeps `streams` runs in flight.
 *
 * @param more - Asked before each run, with the number of runs that were started: false ends the loop.
 */
export async function closedLoop(
  clock: Clock,
  run: RunOnce,
  streams: number,
  more: (started: number, now: number) => boolean,
): Promise<void> {
  let started = 0;
  let failed = false;
  const stream = async (): Promise<void> => {
    for (let now = clock.now(); !failed && more(started, now); now = clock.now()) {
      started += 1;
      await run(now);
    }
  };
  const streamOrStop = (): Promise<void> =>
    stream().catch((error: unknown) => {
      failed = true;
      throw error;
    });
  await Promise.all(Array.from({ length: streams }, streamOrStop));
}

/**
 * Starts runs when they are due. Where `most` are in flight, the next one waits, and is still counted from when it was due.
 *
 * @param arrivals - When runs are due, ascending.
 * @param more - Asked before each run, with when it is due: false ends the loop.
 */
export async function openLoop(
  clock: Clock,
  run: RunOnce,
  most: number,
  arrivals: Iterable<number>,
  more: (started: number, due: number) => boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  let inFlight = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => {};
  const launch = async (due: number): Promise<void> => {
    inFlight += 1;
    try {
      await run(due);
    } catch (error) {
      failure ??= { error };
    }
    inFlight -= 1;
    wake();
  };
  const atMost = async (count: number): Promise<void> => {
    while (inFlight > count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined) throw failure.error;
  };
  let started = 0;
  for (const due of arrivals) {
    if (!more(started, due)) break;
    await clock.until(due, signal);
    await atMost(most - 1);
    void launch(due);
    started += 1;
  }
  await atMost(0);
}
