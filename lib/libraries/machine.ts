import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { EngineryError, messageOf } from '../errors.js';
import { native } from '../native/load.js';
import { type DeviceProbe, probeDevices } from './devices.js';
import { type FoundLibrary, findLibraries } from './find.js';
import { cacheFolder, dataFolder } from './folders.js';
import { no } from './verdict.js';

/** The native addon of this installation. */
export type AddonState =
  | { readonly loaded: true; readonly folder: string; readonly families: readonly string[] }
  | { readonly loaded: false; readonly reason: string; readonly hint?: string };

/** What this machine has that matters here. Plain data. */
export interface Machine {
  readonly system: {
    readonly name: string;
    readonly kernel: string;
    readonly architecture: string;
    readonly cpu: string;
    /** That this process may use. */
    readonly cores: number;
    readonly memoryBytes: number;
  };
  /** Null where it is not glibc. */
  readonly glibc: string | null;
  readonly node: string;
  readonly addon: AddonState;
  readonly cuda: DeviceProbe;
  /** Every runtime library found, usable or not, each product in search order. */
  readonly libraries: readonly FoundLibrary[];
  readonly folders: { readonly data: string; readonly cache: string };
}

/** Looks at the machine: opens every runtime library it finds, and the driver in a child process. Never rejects. */
export async function describeMachine(): Promise<Machine> {
  const cuda = await probeDevices();
  const libraries: FoundLibrary[] = [];
  for (const product of ['tensorrt-rtx', 'tensorrt', 'onnxruntime'] as const) {
    for (const found of await findLibraries(product)) {
      const library = onThisMachine(found, cuda);
      // A TensorRT named for one product may turn out to be the other, and be found again as that.
      if (!libraries.some(({ path }) => path === library.path)) libraries.push(library);
    }
  }
  return {
    system: {
      name: await systemName(),
      kernel: release(),
      architecture: process.arch,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
    },
    glibc: glibcVersion(),
    node: process.versions.node,
    addon: addonState(),
    cuda,
    libraries,
    folders: { data: dataFolder(), cache: cacheFolder() },
  };
}

/** An engine runs where a GPU is, whatever its library can do. */
function onThisMachine(library: FoundLibrary, { devices }: DeviceProbe): FoundLibrary {
  if (library.product === 'onnxruntime' || !library.run.ok || devices.length > 0) return library;
  return {
    ...library,
    run: no('ENGINERY_DEVICE_UNAVAILABLE', 'there is no GPU here; where there is one, it runs engines'),
  };
}

function addonState(): AddonState {
  try {
    const { directory, families } = native();
    return { loaded: true, folder: directory, families };
  } catch (error) {
    const hint = error instanceof EngineryError ? error.hint : undefined;
    return { loaded: false, reason: messageOf(error), ...(hint === undefined ? {} : { hint }) };
  }
}

async function systemName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? process.platform;
}

function glibcVersion(): string | null {
  // Node's types for version 20 lack the property that it has.
  const report = process.report as typeof process.report & { excludeNetwork?: boolean };
  // Without this the report looks up the name of every network address, which can take seconds.
  const before = report.excludeNetwork;
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  report.excludeNetwork = before ?? false;
  return header?.glibcVersionRuntime ?? null;
}
