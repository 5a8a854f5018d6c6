/** The engine of a model for a GPU of this machine: from the engine cache, which builds what it lacks. */

import { buildEngine } from '../engine/build-engine.js';
import { lookUpEngine } from '../engine/cache/look-up.js';
import type { BuildResult } from '../engine/options.js';
import { EngineryError } from '../errors.js';
import { architectureOf, runsOn } from '../libraries/architectures.js';
import type { SessionEngineOptions } from './engine-options.js';
import type { Gpu } from './gpu.js';

/**
 * Checks that an engine can be built here, and that it will run on the GPU.
 *
 * @throws EngineryError `ENGINERY_DEVICE_UNSUPPORTED`, or why the library cannot build
 */
export function checkBuildable(options: SessionEngineOptions, gpu: Gpu): void {
  const { targets } = options;
  const { library, device } = gpu;
  const { build, path } = library;
  if (!build.ok) throw new EngineryError(build.code, `${path} cannot build an engine: ${build.reason}`);
  checkBuildDevice(options, gpu);
  if (targets === undefined || runsOn({ architectures: targets, andLater: false }, device.computeCapability)) return;
  const own = architectureOf(device.computeCapability);
  throw new EngineryError(
    'ENGINERY_DEVICE_UNSUPPORTED',
    `The engine is to be built for ${targets.join(', ')}, GPU ${device.index} (${device.name}) is ${own}`,
    { hint: `Add '${own}' to engine.targets.` },
  );
}

/**
 * Gives the engine, where {@link checkBuildable} has nothing against it.
 *
 * @throws EngineryError `ENGINERY_BACKEND_UNAVAILABLE` where it must not be built, and what `buildEngine` throws
 */
export async function buildForGpu(
  model: string | Uint8Array,
  { build, ...options }: SessionEngineOptions,
  gpu: Gpu,
  signal: AbortSignal | undefined,
): Promise<BuildResult> {
  const buildOptions = { ...options, library: gpu.library.path, signal };
  if (build !== 'never') return buildEngine(model, buildOptions);
  const found = await lookUpEngine(model, buildOptions);
  if (found !== null) return found;
  const name = typeof model === 'string' ? model : 'this model';
  throw new EngineryError(
    'ENGINERY_BACKEND_UNAVAILABLE',
    `The engine cache has no engine of ${name} with these options, and engine.build is 'never'`,
    { hint: "Build it with buildEngine() and the same options, or leave out build: 'never'." },
  );
}

/** TensorRT measures kernels on the GPU that CUDA counts first, and an engine runs on such GPUs alone. */
function checkBuildDevice(options: SessionEngineOptions, { library, device, devices }: Gpu): void {
  const [first] = devices;
  const anywhere = library.family === 'rtx' ? !options.targets?.includes('current') : options.hardwareCompatibility;
  const same = first?.name === device.name && first.computeCapability === device.computeCapability;
  if (anywhere || same) return;
  throw new EngineryError(
    'ENGINERY_DEVICE_UNSUPPORTED',
    `Engines are built on GPU 0 (${first?.name}), and GPU ${device.index} is another kind (${device.name})`,
    { hint: `Show the process that GPU alone: CUDA_VISIBLE_DEVICES=${device.index}` },
  );
}
