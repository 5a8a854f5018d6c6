/** Making an entry: one builder at a time for each key, over all processes. */

import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { EngineryError } from '../../errors.js';
import { areUnchanged } from '../../libraries/memo.js';
import type { Stop } from '../../libraries/stop.js';
import { takeLock } from '../../native/file-lock.js';
import { warmDigest } from '../../onnx/digest.js';
import { compile, manifestText } from '../compile.js';
import { manifestPath } from '../manifest.js';
import type { PreparedBuild } from '../prepare.js';
import type { ProgressTracker } from '../progress.js';
import { writeError } from '../publish.js';
import { syncFile } from '../temporary-file.js';
import { makeFolder, placesOf, sizeLimit, USED } from './cache-folder.js';
import { type Entry, openEntry } from './entry.js';
import type { KnownModel } from './known-model.js';
import { trim } from './trim.js';

/** What a build for the cache needs beside the build itself. */
export interface EntryBuild {
  readonly folder: string;
  readonly key: string;
  readonly started: number;
  readonly progress: ProgressTracker;
  readonly stop: Stop;
}

/** Builds an entry, or waits for who does. `cached` says that somebody else was first. */
export async function buildEntry(
  build: PreparedBuild,
  known: KnownModel,
  job: EntryBuild,
): Promise<{ entry: Entry; cached: boolean }> {
  const { folder, key, progress, stop } = job;
  const { entry: place, lock } = placesOf(folder, key);
  const limit = sizeLimit();
  await makeFolder(folder);
  warmDigest();
  const held = await takeLock(lock, {
    signal: stop.signal,
    onWait: () => progress.enter('Waiting for another build of this engine'),
  });
  try {
    const theirs = await openEntry(place);
    if (theirs !== null) return { entry: theirs, cached: true };
    const entry = await make(build, known, job);
    await trim(folder, limit, key).catch(() => {}); // an engine is no worse for a cache that is too large
    return { entry, cached: false };
  } finally {
    // Whoever waits for this file notices that it is gone, and makes its own.
    await rm(lock, { force: true }).catch(() => {});
    held.release();
  }
}

async function make(build: PreparedBuild, known: KnownModel, job: EntryBuild): Promise<Entry> {
  const { folder, key, started, progress, stop } = job;
  const { entry, building } = placesOf(folder, key);
  const name = engineName(build);
  const plan = join(building, name);
  const engine = join(entry, name);
  try {
    await rm(building, { recursive: true, force: true }); // of a builder that died
    await mkdir(building);
    const modelDigest = Promise.resolve({ sha256: known.sha256, bytes: known.bytes, files: [] });
    const { manifest, synced } = await compile(build, { plan, output: engine, modelDigest, started, progress, stop });
    // The key says which model this is: another one must not be found by it.
    if (!(await areUnchanged(known.identities))) throw changed(build);
    await writeFile(manifestPath(plan), manifestText(manifest));
    await writeFile(join(building, USED), '');
    await Promise.all([synced, syncFile(manifestPath(plan))]);
    await replace(building, entry);
    return { folder: entry, engine, manifest };
  } catch (error) {
    await rm(building, { recursive: true, force: true }).catch(() => {});
    throw error instanceof EngineryError ? error : writeError(engine, error);
  }
}

/** An engine is called after its model, so that people recognize it. */
function engineName({ model }: PreparedBuild): string {
  return typeof model === 'string'
    ? `${basename(model, extname(model)).slice(0, 100) || 'model'}.engine`
    : 'model.engine';
}

/** Puts a new entry in the place of one that is broken, or of none. */
async function replace(building: string, entry: string): Promise<void> {
  try {
    await rename(building, entry);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    const aside = `${entry}.${randomBytes(6).toString('hex')}.broken`;
    await rename(entry, aside);
    await rename(building, entry);
    await rm(aside, { recursive: true, force: true });
  }
}

function changed({ model }: PreparedBuild): EngineryError {
  const name = typeof model === 'string' ? basename(model) : 'The model';
  return new EngineryError('ENGINERY_FILE_UNREADABLE', `${name} changed while an engine was built from it`, {
    hint: 'Build again once nothing writes to the model.',
    details: { path: model },
  });
}
