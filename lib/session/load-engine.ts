/** Loading an engine on a GPU. */

import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendSession } from '../backends/backend-session.js';
import { openEngineSession } from '../backends/tensorrt/engine-session.js';
import type { Manifest } from '../engine/manifest-fields.js';
import type { Profile, ProfileEntry } from '../engine/profile.js';
import { cacheFolder } from '../libraries/folders.js';
import { concurrencyOf } from './concurrency.js';
import type { CheckedOptions } from './create-session.js';
import type { Gpu } from './gpu.js';

/** An engine to be loaded. */
export interface LoadableEngine {
  readonly path: string;
  /** Of the plan, hex. */
  readonly sha256: string;
  /** Null where another program built it, and the caller trusts that. */
  readonly manifest: Manifest | null;
}

/** Loads an engine, with options that the GPU has. */
export async function loadEngine(
  { path, sha256, manifest }: LoadableEngine,
  gpu: Gpu,
  options: CheckedOptions,
): Promise<BackendSession> {
  const { library, driver, device } = gpu;
  const { maxQueue, tensorrt, onLog, logSeverity, signal } = options;
  return openEngineSession({
    library: library.path,
    product: library.product,
    parser: library.parserPath ?? '',
    driver,
    device: device.index,
    plan: path,
    hostCode: manifest === null || manifest.options.resolved.versionCompatible === true,
    maxConcurrent: concurrencyOf(options, library.product),
    maxQueue,
    ...tensorrt,
    runtimeCache: library.family === 'rtx' ? await runtimeCache(sha256, gpu) : '',
    profile: options.profile !== undefined,
    onLog,
    logSeverity,
    signal,
  });
}

/** Where TensorRT-RTX keeps the kernels that it compiled of an engine for a GPU. */
async function runtimeCache(sha256: string, { library, device, cudaVersion }: Gpu): Promise<string> {
  const parts = [sha256, library.version, device.name, device.computeCapability, cudaVersion];
  const folder = join(cacheFolder(), 'kernels');
  // Where there is none, the session's log says so when kernels cannot be written. That costs time with every start, and nothing else.
  await mkdir(folder, { recursive: true }).catch(() => {});
  const name = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return join(folder, `${name}.cache`);
}

/** Bounds of the feeds: the manifest's, else as the engine itself says them. */
export function profilesOf({ ranges = [] }: BackendSession, manifest: Manifest | null): readonly Profile[] {
  if (manifest !== null) return manifest.profiles;
  const profiles: Record<string, ProfileEntry>[] = [];
  for (const { profile, input, values, min, opt, max } of ranges) {
    const bounds = { min, opt, max };
    profiles[profile] ??= {};
    (profiles[profile] as Record<string, ProfileEntry>)[input] = values ? { values: bounds } : bounds;
  }
  return profiles;
}
