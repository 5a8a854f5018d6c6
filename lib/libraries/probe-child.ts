import { EngineryError, messageOf } from '../errors.js';
import type { NativeDriverInfo, NativeLibraryInfo } from '../native/binding.js';
import { call } from '../native/calls.js';
import { answerParent } from './child.js';
import type { ProbeAnswer } from './devices.js';

/** Opens the driver given as argument and lists its devices: here, because a broken driver takes the process with it. */
async function probe(): Promise<ProbeAnswer> {
  const path = process.argv[2] ?? '';
  let cudaVersion: string | null = null;
  try {
    const info = await call<NativeLibraryInfo>((addon, id) => addon.openLibrary(id, path));
    cudaVersion = info.version || null;
    const driver = await call<NativeDriverInfo>((addon, id) => addon.describeDriver(id, path));
    return { cudaVersion: driver.cudaVersion, devices: driver.devices };
  } catch (error) {
    const code = error instanceof EngineryError ? error.code : 'ENGINERY_DEVICE_UNAVAILABLE';
    return { cudaVersion, devices: [], reason: { code, message: messageOf(error) } };
  }
}

await answerParent(probe);
