/** trtexec's `--memPoolSize`: `workspace:1024` is in MiB, and takes a unit: `workspace:1GiB`. */

import { parseByteSize } from '../engine/byte-size.js';
import { EngineryError } from '../errors.js';

const MIB = 2 ** 20;

/** Pools that trtexec calls otherwise. */
const POOLS: Readonly<Record<string, string>> = { tacticSharedMem: 'tacticSharedMemory' };

/**
 * Reads `--memPoolSize`.
 *
 * @param spec `pool:size[,pool:size…]`; a size without a unit is in MiB
 * @returns bytes by pool
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_INVALID_OPTION`
 */
export function parsePoolSizes(spec: string): Record<string, number> {
  const pools: Record<string, number> = Object.create(null);
  for (const part of spec.split(',')) {
    const colon = part.indexOf(':');
    const written = part.slice(0, colon).trim();
    const pool = Object.hasOwn(POOLS, written) ? (POOLS[written] ?? '') : written;
    if (colon < 1 || pool === '') {
      throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `--memPoolSize: cannot read '${part}'`, {
        hint: 'Write --memPoolSize=workspace:1024 (MiB) or --memPoolSize=workspace:1GiB.',
      });
    }
    pools[pool] = parseByteSize(part.slice(colon + 1), `--memPoolSize=${pool}`, MIB);
  }
  return pools;
}
