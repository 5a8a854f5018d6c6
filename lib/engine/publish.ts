/**
 * Putting an engine and its manifest in place.
 *
 * Two files cannot be replaced in one step, so the order makes every crash recoverable: the new manifest is kept as
 * `<engine>.json.next`, then the engine is renamed into place, then the manifest. Whatever stops that, the engine file is
 * the whole old one or the whole new one, and the manifest that names its digest lies beside it: as `.json`, or, when the
 * last step was lost, as `.json.next`, where `readManifestOf` finds it.
 *
 * Contents are synced to disk before they are renamed. The folder is not: a sync costs as much as a tenth of a small build,
 * and without it a power failure right afterwards brings back the old pair at worst.
 */

import { access, constants, rename, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { EngineryError, messageOf } from '../errors.js';
import { manifestPath, nextManifestPath } from './manifest.js';

const LONGEST_NAME = 255;

/**
 * Checks, before any work, that the output can be written.
 *
 * @param model the model's path, which the engine must not replace; undefined for a model in memory
 * @throws EngineryError `ENGINERY_OUTPUT_UNWRITABLE`, `ENGINERY_INVALID_ARGUMENT`
 */
export async function checkOutput(output: string, model: string | undefined): Promise<void> {
  const folder = dirname(resolve(output));
  if (Buffer.byteLength(basename(nextManifestPath(output))) > LONGEST_NAME)
    throw unwritable(output, 'the name is too long');
  const [found, place, source] = await Promise.all([
    statOf(output),
    statOf(folder),
    model === undefined ? undefined : statOf(model),
  ]);
  if (found?.isDirectory()) throw unwritable(output, 'it is a folder');
  if (found !== undefined && !found.isFile()) throw unwritable(output, 'it is no regular file');
  if (found !== undefined && source !== undefined && found.ino === source.ino && found.dev === source.dev) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `output: ${output} is the model itself`, {
      hint: 'Name another file for the output.',
    });
  }
  if (place === undefined) throw unwritable(output, `the folder ${folder} does not exist`);
  if (!place.isDirectory()) throw unwritable(output, `${folder} is no folder`);
  await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw unwritable(output, `the folder ${folder} cannot be written to`, error);
  });
}

async function statOf(path: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENAMETOOLONG') throw unwritable(path, 'the name is too long', error);
    // Whatever else stops us from looking is found out, and said better, by those who open the file.
    return undefined;
  });
}

let last: Promise<void> = Promise.resolve();

/**
 * Puts a plan and its manifest in place. One at a time in this process, so that two builds of the same output do not mix
 * their files.
 *
 * @param plan temporary file, already synced
 * @param manifest likewise
 * @param output where the plan goes
 * @throws EngineryError `ENGINERY_DISK_FULL`, `ENGINERY_OUTPUT_UNWRITABLE`
 */
export async function publish(plan: string, manifest: string, output: string): Promise<void> {
  const turn = last;
  const done = turn.then(() => replace(plan, manifest, output));
  last = done.catch(() => {});
  await done;
}

async function replace(plan: string, manifest: string, output: string): Promise<void> {
  const next = nextManifestPath(output);
  try {
    await rename(manifest, next);
    await rename(plan, output);
    await rename(next, manifestPath(output));
  } catch (error) {
    throw writeError(output, error);
  }
}

/** An error of the file system while `output` was written, as users see it. */
export function writeError(output: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new EngineryError('ENGINERY_DISK_FULL', `No space left while writing ${output}`, {
      cause: error,
      details: { path: output },
    });
  }
  return unwritable(output, messageOf(error), error);
}

function unwritable(path: string, why: string, cause?: unknown): EngineryError {
  return new EngineryError('ENGINERY_OUTPUT_UNWRITABLE', `Cannot write ${path}: ${why}`, { cause, details: { path } });
}
