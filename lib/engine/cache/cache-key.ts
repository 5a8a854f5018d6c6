/** What an engine in the cache is found by: everything that decides its contents, and where it can run. */

import { createHash } from 'node:crypto';
import { MANIFEST_SCHEMA } from '../manifest-fields.js';
import type { PreparedBuild } from '../prepare.js';
import { knownDigest } from './known-digest.js';
import { canonical } from './request.js';

/** Goes up when the same options begin to mean another engine, or the layout of an entry changes. */
const CACHE_SCHEMA = 1;

/** Settings that do not change what an engine computes or needs: where measurements are kept. */
const NOT_CONTENTS: ReadonlySet<string> = new Set(['timingCache']);

const ANY_DEVICE = 'any';

/** A key, and whether it depends on nothing but model, options and library. */
export interface CacheKey {
  readonly key: string;
  readonly remembered: boolean;
}

/**
 * The key of a build, in hex: SHA-256 over the model's digest, the options as resolved, the optimization profiles, the digests
 * of plugin libraries, the library's product and full version, system and architecture, the GPU where the engine is for that
 * alone, and the schemas of cache and manifest.
 */
export async function cacheKey(build: PreparedBuild, modelSha256: string): Promise<CacheKey> {
  const { library, settings, profiles } = build;
  const options = Object.entries(settings.resolved).filter(([name]) => !NOT_CONTENTS.has(name));
  const plugins = ['plugins', 'pluginsToSerialize'].flatMap((name) => (settings.resolved[name] as string[]) ?? []);
  const [device, ...digests] = await Promise.all([deviceOf(build), ...plugins.map((path) => knownDigest(path))]);
  const parts = {
    schema: [CACHE_SCHEMA, MANIFEST_SCHEMA],
    model: modelSha256,
    options: Object.fromEntries(options),
    profiles: profiles.profiles,
    plugins: digests,
    library: [library.product, library.version, library.family],
    platform: [process.platform, process.arch],
    device,
  };
  const key = createHash('sha256').update(canonical(parts)).digest('hex');
  return { key, remembered: device === ANY_DEVICE && plugins.length === 0 };
}

/** TensorRT-RTX builds for named architectures, unless it is told otherwise; Enterprise for the GPU at hand. */
async function deviceOf({ library, settings }: PreparedBuild): Promise<string> {
  const { targets } = settings.resolved;
  const forThisGpu = library.family !== 'rtx' || (Array.isArray(targets) && targets.includes('current'));
  if (!forThisGpu) return ANY_DEVICE;
  const { probeDevices } = await import('../../libraries/devices.js'); // seldom needed
  const [device] = (await probeDevices()).devices;
  return device === undefined ? 'none' : `${device.name}, compute capability ${device.computeCapability}`;
}
