/** The engine cache's way in: finds an engine, or builds it, once. */

import { resolve } from 'node:path';
import type { Stop } from '../../libraries/stop.js';
import type { BuildOptions, BuildResult } from '../options.js';
import { engineFolder, placesOf } from './cache-folder.js';
import { type Entry, openEntry, touch } from './entry.js';
import { recallKey } from './request.js';

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
  stop.signal.throwIfAborted();
  const source = typeof model === 'string' ? resolve(model) : model;
  const folder = engineFolder(options.cacheFolder);

  const key = typeof source === 'string' ? await recallKey(source, options) : undefined;
  const found = key === undefined ? null : await openEntry(placesOf(folder, key).entry);
  if (found !== null) {
    stop.signal.throwIfAborted();
    await touch(found.folder);
    stop.guard(options.onProgress)({ phase: 'Found in the engine cache', step: 1, steps: 1, fraction: 1 });
    return toResult(found, started, true);
  }
  const { findOrBuild } = await import('./find-or-build.js');
  const { entry, cached } = await findOrBuild(source, options, { folder, started, stop, beforeBuild });
  return toResult(entry, started, cached);
}

function toResult({ engine, manifest }: Entry, started: number, cached: boolean): BuildResult {
  const { plan, warnings } = manifest;
  return { path: engine, ...plan, seconds: (performance.now() - started) / 1000, cached, warnings, manifest };
}
