import { rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { names } from './python.js';

const DAY_MS = 24 * 60 * 60 * 1000;

let counter = 0;

/** Names a folder of work under way, so that a later process can tell whether its maker is still there. */
export function temporaryName(): string {
  counter += 1;
  return `.setup-${process.pid}-${Date.now()}-${counter}-${hostname()}`;
}

/** Takes a folder out of sight in one step, then deletes it: nobody finds half of it. */
export async function discard(folder: string): Promise<void> {
  const hidden = join(dirname(folder), temporaryName());
  await rename(folder, hidden);
  await rm(hidden, { recursive: true, force: true });
}

/** Deletes the temporary folders of processes that were killed. */
export async function removeAbandoned(home: string): Promise<void> {
  for (const name of await names(home)) {
    const [, pid, time, host] = /^\.setup-(\d+)-(\d+)-\d+-(.*)$/.exec(name) ?? [];
    if (pid === undefined) continue;
    // A process number means nothing on another machine (or in another container) that shares this folder.
    const alive = host === hostname() ? isRunning(Number(pid)) : true;
    if (alive && Date.now() - Number(time) < DAY_MS) continue;
    // Not ours to fail on: what cannot be deleted is in nobody's way.
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
