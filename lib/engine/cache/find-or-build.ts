/** The long way to an entry: what the call means is worked out, then the entry is looked for, then it is built. */

import { identityOf } from '../../libraries/memo.js';
import { type ResolvedTensorRT, resolveTensorRT } from '../../libraries/resolve.js';
import type { Stop } from '../../libraries/stop.js';
import type { BuildOptions } from '../options.js';
import { prepare } from '../prepare.js';
import { trackProgress } from '../progress.js';
import { buildEntry } from './build-entry.js';
import { placesOf } from './cache-folder.js';
import { cacheKey } from './cache-key.js';
import { type Entry, openEntry, touch } from './entry.js';
import { knownModel } from './known-model.js';
import { rememberKey } from './request.js';

/** What a call for an engine needs beside model and options. */
export interface Call {
  readonly folder: string;
  /** Of `performance.now()`. */
  readonly started: number;
  readonly stop: Stop;
  readonly beforeBuild: () => Promise<void>;
}

/** Gives the entry. `cached` says that it was there, or that somebody else built it meanwhile. */
export async function findOrBuild(
  model: string | Uint8Array,
  options: BuildOptions,
  { folder, started, stop, beforeBuild }: Call,
): Promise<{ entry: Entry; cached: boolean }> {
  const progress = trackProgress(stop.guard(options.onProgress));
  progress.enter('Reading the model');
  const [known, library] = await Promise.all([
    knownModel(model, stop.signal),
    resolveTensorRT({ path: options.library, allowUntested: options.allowUntested }),
  ]);
  const libraryFiles = await Promise.all([identityOf(library.path), identityOf(library.parserPath)]);
  const prepared = prepare(model, known.info, library, options);
  const { key, remembered } = await cacheKey(prepared, known.sha256);
  if (typeof model === 'string' && remembered && isFirst(library)) {
    await rememberKey(model, options, key, [...known.identities, ...libraryFiles]);
  }
  stop.signal.throwIfAborted();

  const { entry: place } = placesOf(folder, key);
  const found = await openEntry(place);
  if (found !== null) await touch(place);
  else await beforeBuild();
  const result =
    found === null
      ? await buildEntry(prepared, known, { folder, key, started, progress, stop })
      : { entry: found, cached: true };
  progress.finish();
  return result;
}

/** Nothing is looked at before these, so a library that is installed later changes what decided, or nothing. */
function isFirst({ source }: ResolvedTensorRT): boolean {
  return source === 'option' || source === 'environment' || source === 'setup';
}
