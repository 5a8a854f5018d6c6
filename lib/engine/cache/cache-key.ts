/** What an engine in the cache is found by: everything that decides its contents, and where it can run. */

import { createHash } from 'node:crypto';
import { probeDevices } from '../../libraries/devices.js';
import { MANIFEST_SCHEMA } from '../manifest-fields.js';
import type { PreparedBuild } from '../prepare.js';
import { knownDigest } from './known-digest.js';

/** Goes up when the same options begin to mean another engine, or the layout of an entry changes. */
const CACHE_SCHEMA = 1;

/** Settings that do not change what an engine computes or needs: where measurements are kept. */
const NOT_CONTENTS: ReadonlySet<string> = new Set(['timingCache']);

/**
 * The key of a build, in hex: SHA-256 over the model's digest, the options as resolved, the optimization profiles, the digests
 * of plugin libraries, the library's product and full version, system and architecture, the GPU where the engine is for that
 * alone, and the schemas of cache and manifest.
 */
export async function cacheKey(build: PreparedBuild, modelSha256: string): Promise<string> {
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
  return createHash('sha256').update(canonical(parts)).digest('hex');
}

/** TensorRT-RTX builds for named architectures, unless it is told otherwise; Enterprise for the GPU at hand. */
async function deviceOf({ library, settings }: PreparedBuild): Promise<string> {
  const { targets } = settings.resolved;
  const forThisGpu = library.family !== 'rtx' || (Array.isArray(targets) && targets.includes('current'));
  if (!forThisGpu) return 'any';
  const [device] = (await probeDevices()).devices;
  return device === undefined ? 'none' : `${device.name}, compute capability ${device.computeCapability}`;
}

/** JSON that does not depend on the order in which properties were set. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
