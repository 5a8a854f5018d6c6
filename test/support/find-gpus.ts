/** Finds the GPUs of this machine for `npm run test:gpu` and `npm run test:driver`, or says why their tests are skipped. */
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { EngineryError } from '../../dist/errors.js';
import { whyNotOnRtx } from '../../dist/libraries/architectures.js';
import { type Device, type DeviceProbe, probeDevices } from '../../dist/libraries/devices.js';
import { findGpu } from '../../dist/session/gpu.js';
import { buildEmulator } from './build-emulator.js';
import { EMULATED_LIBRARIES } from './emulated-libraries.js';
import type { TestGpu } from './gpu.js';

const on = ({ name, computeCapability }: Device): string => `on ${name} (${computeCapability})`;

/** Both products, where both are installed. A GPU without any is an error: then nothing would be tested, and none would know. */
async function installed(probe: DeviceProbe): Promise<readonly TestGpu[]> {
  const gpus: TestGpu[] = [];
  const reasons: string[] = [];
  for (const backend of ['tensorrt', 'tensorrt-rtx'] as const) {
    try {
      const { library, driver, device } = await findGpu(backend, probe, {});
      const title = `${backend} ${library.version} ${on(device)}`;
      const { computeCapability } = device;
      const { family, path } = library;
      gpus.push({ title, backend, family, library: path, driver, computeCapability, emulated: false });
    } catch (error) {
      if (!(error instanceof EngineryError)) throw error;
      reasons.push(`${backend}: ${error.message}`);
    }
  }
  if (gpus.length === 0) throw new Error(`There is a GPU, and no TensorRT that runs on it:\n${reasons.join('\n')}`);
  return gpus;
}

/** The emulated TensorRTs, over the machine's driver. */
function copying(driver: string, device: Device): readonly TestGpu[] {
  const folder = buildEmulator();
  return EMULATED_LIBRARIES.filter(
    ({ backend }) => backend === 'tensorrt' || whyNotOnRtx(device.computeCapability, undefined) === null,
  ).map(({ file, title, ...rest }) => ({
    ...rest,
    title: `${title}, which copies, ${on(device)}`,
    library: join(folder, file),
    driver,
    computeCapability: device.computeCapability,
    emulated: false,
  }));
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide('emulator', ''); // there is none here
  process.env.CUDA_DEVICE_ORDER ??= 'PCI_BUS_ID'; // as nvidia-smi counts them
  const probe = await probeDevices();
  const [device] = probe.devices;
  if (probe.driver === null || device === undefined) {
    const missing = { missing: `needs a GPU: ${probe.reason?.message ?? 'the driver reports none'}` };
    project.provide('gpus', missing);
    project.provide('drivers', missing);
  } else if (project.config.name === 'driver') {
    project.provide('drivers', copying(probe.driver.path, device));
  } else {
    project.provide('gpus', await installed(probe));
  }
}
