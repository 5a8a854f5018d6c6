/** A look into the engine cache that builds nothing. */

import { followSignal } from '../../libraries/stop.js';
import type { BuildOptions, BuildResult } from '../options.js';
import { cachedEngine } from './cached-engine.js';

const ABSENT = new Error('not in the engine cache');

/**
 * The engine for a model and options, if the cache has it.
 *
 * @returns null where it does not
 * @throws EngineryError as `buildEngine` does before it builds
 */
export async function lookUpEngine(model: string | Uint8Array, options: BuildOptions): Promise<BuildResult | null> {
  const stop = followSignal(options.signal);
  try {
    return await cachedEngine(model, options, stop, async () => {
      throw ABSENT;
    });
  } catch (error) {
    if (error === ABSENT) return null;
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    stop.release();
  }
}
