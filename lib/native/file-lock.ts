/** Locks between processes. A process that dies holds none. */

import { setTimeout as sleep } from 'node:timers/promises';
import { call } from './calls.js';
import { native } from './load.js';

/** A lock that is held. */
export interface FileLock {
  release(): void;
}

const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 200;

/** Takes the lock on `path` if it is free; the file is made where there is none. */
export async function tryLock(path: string): Promise<FileLock | null> {
  const handle = await call<number>((addon, id) => addon.lockFile(id, path));
  return handle === 0 ? null : { release: () => native().unlockFile(handle) };
}

/**
 * Waits for the lock on `path`.
 *
 * @param onWait called once, when somebody else holds it
 */
export async function takeLock(
  path: string,
  { signal, onWait }: { readonly signal?: AbortSignal | undefined; readonly onWait?: (() => void) | undefined } = {},
): Promise<FileLock> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    signal?.throwIfAborted();
    const lock = await tryLock(path);
    if (lock !== null) return lock;
    if (wait === FIRST_WAIT_MS) onWait?.();
    await sleep(wait, undefined, { signal }).catch(() => {}); // the signal's own reason is thrown above
  }
}
