/** The engine cache's way in: finds an engine, or builds it, once. */

import { resolve } from 'node:path';
import { resolveTensorRT } from '../../libraries/resolve.js';
import type { Stop } from '../../libraries/stop.js';
import type { BuildOptions, BuildResult } from '../options.js';
import { prepare } from '../prepare.js';
import { trackProgress } from '../progress.js';
import { engineFolder, placesOf } from './cache-folder.js';
import { cacheKey } from './cache-key.js';
import { type Entry, openEntry, touch } from './entry.js';
import { knownModel } from './known-model.js';

/**
 * Gives the engine for a model and options.
 *
 * @param beforeBuild is awaited before anything is built
 */
export async function cachedEngine(
  model: string | Uint8Array,
  options: BuildOptions,
  stop: Stop,
  beforeBuild: () => Promise<void>,
): Promise<BuildResult> {
  const started = performance.now();
  const { signal } = stop;
  signal.throwIfAborted();
  const progress = trackProgress(stop.guard(options.onProgress));
  progress.enter('Looking in the engine cache');
  const source = typeof model === 'string' ? resolve(model) : model;
  const [known, library] = await Promise.all([
    knownModel(source, signal),
    resolveTensorRT({ path: options.library, allowUntested: options.allowUntested, remembered: true }),
  ]);
  const prepared = prepare(source, known.info, library, options);
  const folder = engineFolder(options.cacheFolder);
  const key = await cacheKey(prepared, known.sha256);
  signal.throwIfAborted();
  const { entry } = placesOf(folder, key);

  const found = await openEntry(entry);
  if (found !== null) {
    await touch(entry);
    progress.finish();
    return toResult(found, started, true);
  }
  await beforeBuild();
  const { buildEntry } = await import('./build-entry.js');
  const { made, cached } = await buildEntry(prepared, known, { folder, key, started, progress, stop });
  progress.finish();
  return toResult(made, started, cached);
}

function toResult({ engine, manifest }: Entry, started: number, cached: boolean): BuildResult {
  const { plan, warnings } = manifest;
  return { path: engine, ...plan, seconds: (performance.now() - started) / 1000, cached, warnings, manifest };
}
