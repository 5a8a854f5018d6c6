/** Feeds that lie on a GPU: of which sessions, and what for. */

import type { Profile } from '../engine/profile.js';
import { DeviceTensor, disposed } from '../native/device-tensor.js';
import type { ChosenBackend } from './choose.js';
import { type DeviceFeeds, invalidFeed } from './feeds.js';

/** Where a session runs, and which of its inputs lie in the CPU's memory there too. */
export interface FedSession {
  readonly device: ChosenBackend['device'];
  /** Names of the inputs that shapes are computed from. */
  readonly shapeInputs: ReadonlySet<string>;
}

/** What a session takes of feeds on a GPU. */
export function fedSession({ device }: ChosenBackend, profiles: readonly Profile[]): FedSession {
  const bounded = profiles.flatMap((profile) => Object.entries(profile));
  return { device, shapeInputs: new Set(bounded.flatMap(([name, entry]) => ('values' in entry ? [name] : []))) };
}

/**
 * Checks the feeds that lie on a GPU, types and dims apart.
 *
 * @throws EngineryError `ENGINERY_DISPOSED`; `ENGINERY_INVALID_FEED` where the session does not take it, with what to do
 */
export function checkDeviceFeeds(feeds: DeviceFeeds, { device, shapeInputs }: FedSession): void {
  for (const name in feeds) {
    const tensor = feeds[name];
    if (!(tensor instanceof DeviceTensor)) continue;
    if (tensor.number === undefined) throw disposed(tensor);
    const feed = 'feed what its download() gives';
    if (device === null) {
      throw invalidFeed(name, `the tensor lies on GPU ${tensor.device}, and the session runs on the CPU: ${feed}`);
    }
    if (tensor.device !== device.index) {
      const here = `GPU ${device.index} (${device.name})`;
      throw invalidFeed(name, `the tensor lies on GPU ${tensor.device}, and the session runs on ${here}: ${feed}`);
    }
    if (shapeInputs.has(name)) {
      throw invalidFeed(name, `shapes are computed from its elements, by the CPU; the tensor lies on a GPU: ${feed}`);
    }
  }
}
