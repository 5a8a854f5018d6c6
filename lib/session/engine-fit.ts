/** Whether an engine file runs on a GPU with a library: what can be told without loading it. */

import type { EngineInspection } from '../engine/inspect-file.js';
import { architectureOf, runsOn } from '../libraries/architectures.js';
import { compareVersions, parseVersion } from '../libraries/version.js';
import type { Gpu } from './gpu.js';

/** What differs between what an engine needs and what is there, or null. */
export function whatDiffers(engine: EngineInspection, { library, device }: Gpu): string | null {
  if (!versionFits(engine, library.version)) {
    return `it was built by version ${engine.version}, the library here is ${library.version}`;
  }
  const targets = engine.manifest?.targets;
  if (targets === undefined || runsOn(targets, device.computeCapability)) return null;
  const list = targets.architectures.join(', ') + (targets.andLater ? ' and later' : '');
  return `it was built for ${list}, GPU ${device.index} (${device.name}) is ${architectureOf(device.computeCapability)}`;
}

/**
 * Whether a library of this version loads an engine. Of a version-compatible engine later versions do, too; whether one without
 * a manifest is such an engine, only TensorRT can tell.
 */
export function versionFits({ product, version, manifest }: EngineInspection, library: string): boolean {
  if (product === 'tensorrt' && manifest === null) return true;
  if (manifest?.options.resolved.versionCompatible === true) return compareVersions(library, release(version)) >= 0;
  const built = parseVersion(version) ?? [];
  // The header keeps 8 bits of the build number.
  return (parseVersion(library) ?? []).every((part, i) => (i < 3 ? part : part & 0xff) === built[i]);
}

function release(version: string): string {
  return version.split('.').slice(0, 3).join('.');
}
