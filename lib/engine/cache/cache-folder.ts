/** Where the engine cache lies, and what is called how in it. */

import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EngineryError, messageOf } from '../../errors.js';
import { cacheFolder } from '../../libraries/folders.js';
import { parseByteSize } from '../byte-size.js';

const DEFAULT_LIMIT = 10 * 2 ** 30;

/** What a key looks like as a folder's name. */
export const KEY: RegExp = /^[0-9a-f]{64}$/;

/** The folder of the engine cache: as given, else `ENGINERY_CACHE_FOLDER`, else in the user's cache folder. */
export function engineFolder(given?: string): string {
  return resolve(given ?? (process.env.ENGINERY_CACHE_FOLDER || join(cacheFolder(), 'engines')));
}

/** Bytes the cache may hold: `ENGINERY_CACHE_LIMIT`, such as `20GiB`, else 10 GiB. */
export function sizeLimit(): number {
  const text = process.env.ENGINERY_CACHE_LIMIT;
  return text ? parseByteSize(text, 'ENGINERY_CACHE_LIMIT') : DEFAULT_LIMIT;
}

/** Makes the folder where it is not there. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw new EngineryError('ENGINERY_OUTPUT_UNWRITABLE', `The engine cache cannot be used: ${messageOf(cause)}`, {
      hint: 'Name a folder that can be written to in ENGINERY_CACHE_FOLDER, or give the engine an output file.',
      details: { path },
      cause,
    });
  });
}

/** An entry, its lock, and where it is made. All of them lie side by side, so that a rename puts an entry in place. */
export function placesOf(folder: string, key: string): { entry: string; lock: string; building: string } {
  const entry = join(folder, key);
  return { entry, lock: `${entry}.lock`, building: `${entry}.building` };
}

/** Inside an entry, beside engine and manifest: its time of change is that of the entry's last use. */
export const USED = 'used';
