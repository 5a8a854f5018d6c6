/**
 * Files on their way to their place. They lie in the output's folder, so that a rename is enough, and the addon guards them:
 * when this process or worker thread ends before they are in place, they go with it.
 */

import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { call } from '../native/calls.js';
import { native } from '../native/load.js';
import { writeError } from './publish.js';

/** A guarded name for a file that will replace `output`. It says whose it is, should a power failure leave it there. */
export function temporaryFile(output: string): string {
  const name = Buffer.from(basename(output))
    .subarray(0, 100)
    .toString()
    .replace(/\uFFFD/g, '');
  const path = join(dirname(output), `.${name}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
  native().guardFile(path);
  return path;
}

/**
 * Writes text beside its place.
 *
 * @returns path of the temporary file, synced
 */
export async function writeTemporary(output: string, text: string): Promise<string> {
  const path = temporaryFile(output);
  try {
    await writeFile(path, text, { flag: 'wx' });
    await syncFile(path);
    return path;
  } catch (error) {
    await discard(path);
    throw writeError(output, error);
  }
}

/** Puts a file's contents on disk. A sync may take long, so it has a thread of the addon's. */
export function syncFile(path: string): Promise<void> {
  return call((addon, id) => addon.syncFile(id, path));
}

/** Removes the file if it is still there under its temporary name, and ends its guard. */
export async function discard(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
  native().releaseFile(path);
}
