/** One profiled session, from the model to the times of its layers. */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeError } from '../engine/publish.js';
import type { NativeLayerTimes } from '../native/binding.js';
import { checkSessionOptions } from '../session/create-session.js';
import { openSession } from '../session/open-session.js';
import { benchFeeds } from './feeds.js';
import { engineLayerTimes, layerTimes } from './layer-times.js';
import { readTrace } from './onnxruntime-trace.js';
import { check, isCount } from './plan.js';
import type { LayerProfile, ProfileOptions } from './profile-layers.js';

/** See {@link profileLayers}. */
export async function profile(model: string | Uint8Array, options: ProfileOptions): Promise<LayerProfile> {
  const { runs = 20, warmUpRuns = 3 } = options;
  check('runs', runs, isCount(runs) && runs >= 1, 'a whole number from 1');
  check('warmUpRuns', warmUpRuns, isCount(warmUpRuns), 'a whole number from 0');
  const folder = await mkdtemp(join(tmpdir(), 'enginery-profile-')).catch((error: unknown) => {
    throw writeError(tmpdir(), error);
  });
  try {
    const times = await runProfiled(model, options, runs + warmUpRuns, join(folder, 'trace'));
    if (times !== null) return engineLayerTimes(times, warmUpRuns);
    const [trace] = await readdir(folder);
    const events = trace === undefined ? [] : readTrace(join(folder, trace), options.signal);
    return await layerTimes(events, warmUpRuns);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Gives the times of an engine's layers; ONNX Runtime writes its trace when the session is disposed of. */
async function runProfiled(
  model: string | Uint8Array,
  { session: opened, shapes, feeds: given, seed, signal }: ProfileOptions,
  runs: number,
  profile: string,
): Promise<readonly NativeLayerTimes[] | null> {
  const session = await openSession(model, { ...checkSessionOptions({ ...opened, signal }), profile });
  try {
    const feeds = await benchFeeds(session.inputs, { shapes, feeds: given, seed });
    for (let run = 0; run < runs; run++) await session.run(feeds, { signal });
    return session.layerTimes();
  } finally {
    await session.dispose();
  }
}
