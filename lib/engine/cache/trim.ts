/** Keeping the engine cache within its limit. */

import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock } from '../../native/file-lock.js';
import { KEY, placesOf } from './cache-folder.js';
import { describeEntry, type ListedEntry, measureEntries } from './list-entries.js';

/** What was removed. */
export interface Trimmed {
  readonly entries: readonly ListedEntry[];
  readonly bytes: number;
}

/**
 * Removes entries, the one used longest ago first, until the rest fits. One that is being built or rebuilt is left alone.
 *
 * @param limit bytes
 * @param keep key of an entry to keep in any case
 */
export async function trim(folder: string, limit: number, keep?: string): Promise<Trimmed> {
  const entries = await measureEntries(folder);
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const removed: ListedEntry[] = [];
  for (const entry of entries.reverse()) {
    if (total <= limit) break;
    if (entry.key === keep) continue;
    const listed = await describeEntry(entry); // while its manifest is there
    if (!(await remove(folder, entry.key))) continue;
    total -= entry.bytes;
    removed.push(listed);
  }
  return { entries: removed, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Removes what builders that died have left. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [key = '', ...rest] = name.split('.');
    if (!KEY.test(key) || rest.length === 0) continue;
    await withLock(folder, key, async () => {
      if (rest.join('.') !== 'lock') await rm(join(folder, name), { recursive: true, force: true });
    });
  }
}

async function remove(folder: string, key: string): Promise<boolean> {
  const { entry } = placesOf(folder, key);
  return withLock(folder, key, async () => {
    // First out of sight, so that nobody finds half an entry.
    const aside = `${entry}.removed`;
    await rm(aside, { recursive: true, force: true });
    await rename(entry, aside);
    await rm(aside, { recursive: true, force: true });
  });
}

/** False where somebody is building that entry. */
async function withLock(folder: string, key: string, work: () => Promise<void>): Promise<boolean> {
  const { lock } = placesOf(folder, key);
  const held = await tryLock(lock);
  if (held === null) return false;
  try {
    await work();
    await rm(lock, { force: true });
    return true;
  } finally {
    held.release();
  }
}
