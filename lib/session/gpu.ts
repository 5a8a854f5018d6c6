/** A GPU of this machine, with what it takes to run engines on it. */

import { EngineryError } from '../errors.js';
import { whyNotOnRtx } from '../libraries/architectures.js';
import type { Device, DeviceProbe } from '../libraries/devices.js';
import type { FindOptions } from '../libraries/find.js';
import { type ResolvedRuntime, resolveRuntime, type TensorRTProduct } from '../libraries/resolve.js';

/** Everything that an engine needs here. */
export interface Gpu {
  /** TensorRT's. */
  readonly library: ResolvedRuntime;
  /** Path of the CUDA driver's library. */
  readonly driver: string;
  readonly cudaVersion: string | null;
  readonly device: Device;
  /** All GPUs of this machine, that one included. */
  readonly devices: readonly Device[];
}

/** What a GPU is looked for with. */
export interface WantedGpu extends FindOptions {
  /** As CUDA counts GPUs, from 0. */
  readonly device?: number | undefined;
  /** Architectures that the engine is for, by name; undefined: TensorRT's own choice. */
  readonly targets?: readonly string[] | undefined;
  /** A library of such a version is taken before others. */
  readonly prefers?: ((version: string) => boolean) | undefined;
}

/**
 * Checks that the GPU is one of those that the driver has, if it has any: a slip, which no other backend makes good.
 *
 * @throws EngineryError `ENGINERY_DEVICE_UNAVAILABLE`
 */
export function checkDevice({ devices }: DeviceProbe, index = 0): void {
  if (devices.length === 0 || index < devices.length) return;
  const range = devices.length === 1 ? 'one GPU, GPU 0' : `GPUs 0 to ${devices.length - 1}`;
  throw new EngineryError('ENGINERY_DEVICE_UNAVAILABLE', `There is no GPU ${index}: the driver reports ${range}`);
}

/**
 * Looks for a GPU and the library that runs engines of a product on it.
 *
 * @throws EngineryError `ENGINERY_DEVICE_UNAVAILABLE` where there is no GPU, `ENGINERY_DEVICE_UNSUPPORTED` where the product
 * does not run on it, and what {@link resolveRuntime} throws
 */
export async function findGpu(product: TensorRTProduct, probe: DeviceProbe, wanted: WantedGpu): Promise<Gpu> {
  const { driver, devices, reason } = probe;
  const { device: index = 0, targets, prefers } = wanted;
  const device = devices[index];
  if (driver === null || device === undefined) {
    throw new EngineryError('ENGINERY_DEVICE_UNAVAILABLE', reason?.message ?? 'The NVIDIA driver reports no device');
  }
  const why = product === 'tensorrt-rtx' ? whyNotOnRtx(device.computeCapability, targets) : null;
  if (why !== null) {
    throw new EngineryError('ENGINERY_DEVICE_UNSUPPORTED', `GPU ${index} is ${device.name}: ${why}`);
  }
  const { path, allowUntested } = wanted;
  const library = await resolveRuntime(product, { path, allowUntested }, prefers);
  return { library, driver: driver.path, cudaVersion: driver.cudaVersion, device, devices };
}
