import { readdir, readFile, realpath } from 'node:fs/promises';
import type { ErrorCode } from '../errors.js';
import type { NativeDevice } from '../native/binding.js';
import { candidates } from './candidates.js';
import { askChild } from './child.js';
import { whyNotLoadable } from './elf.js';
import { identityOf, recall, remember } from './memo.js';

/** A driver that has to wake eight GPUs takes half of it. */
const PROBE_TIMEOUT_MS = 60_000;

/** A GPU as the driver describes it. */
export interface Device {
  /** As CUDA counts them, from 0. */
  readonly index: number;
  /** `NVIDIA GeForce RTX 4090`. */
  readonly name: string;
  /** `8.9` */
  readonly computeCapability: string;
  readonly memoryBytes: number;
}

/** The CUDA driver of this machine and its devices. */
export interface DeviceProbe {
  readonly driver: { readonly path: string; readonly cudaVersion: string | null } | null;
  readonly devices: readonly Device[];
  /** Why there are no devices. */
  readonly reason?: { readonly code: ErrorCode; readonly message: string };
}

/** What the child says. */
export interface ProbeAnswer {
  readonly cudaVersion: string | null;
  readonly devices: readonly NativeDevice[];
  readonly reason?: { readonly code: ErrorCode; readonly message: string };
}

/**
 * The CUDA driver and its devices, asked in a child process so that a broken driver cannot crash or hang this one.
 * Devices are remembered on disk for this driver; that there are none is not: a kernel module may be there next time. A driver that
 * crashes or hangs is asked once by a process, whose sessions would all wait for it.
 *
 * Never rejects: the reason is in the result.
 */
export async function probeDevices(): Promise<DeviceProbe> {
  const problems: string[] = [];
  for await (const { path } of candidates('cuda-driver')) {
    const problem = await whyNotLoadable(path);
    if (problem === null) return probeDriver(path);
    problems.push(`${path}: ${problem}`);
  }
  const message = problems.length === 0 ? 'no CUDA driver: libcuda.so.1 was not found' : problems.join('; ');
  return { driver: null, devices: [], reason: { code: 'ENGINERY_DEVICE_UNAVAILABLE', message } };
}

/** By key: sessions that ask at once wait for one child, and of a driver that gave no answer nobody asks again. */
const asked = new Map<string, Promise<ProbeAnswer>>();

async function probeDriver(path: string): Promise<DeviceProbe> {
  const key = await probeKey(path);
  const known = await recall<ProbeAnswer>('devices', key);
  if (known !== undefined) return toProbe(path, known);
  const text = JSON.stringify(key);
  const asking = asked.get(text) ?? askDriver(path, key);
  asked.set(text, asking);
  return toProbe(path, await asking);
}

async function askDriver(path: string, key: readonly string[]): Promise<ProbeAnswer> {
  const outcome = await askChild<ProbeAnswer>('./probe-child.js', [path], PROBE_TIMEOUT_MS);
  const { answer } = outcome;
  if (answer === undefined) {
    const message = `${path}: opening the driver was tried in a child process: ${outcome.reason}`;
    return { cudaVersion: null, devices: [], reason: { code: 'ENGINERY_DEVICE_UNAVAILABLE', message } };
  }
  if (answer.devices.length > 0) await remember('devices', key, answer);
  asked.delete(JSON.stringify(key));
  return answer;
}

function toProbe(path: string, { cudaVersion, devices, reason }: ProbeAnswer): DeviceProbe {
  return {
    driver: { path, cudaVersion },
    devices: devices.map((device, index) => ({ index, ...device })),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Everything that may change the driver's answer. */
async function probeKey(path: string): Promise<string[]> {
  const kernelModule = await readFile('/proc/driver/nvidia/version', 'utf8').catch(() => '');
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const nodes = (await readdir('/dev').catch(() => [])).filter((name) => /^(nvidia\d+|dxg)$/.test(name)).sort();
  const visible = ['CUDA_VISIBLE_DEVICES', 'CUDA_DEVICE_ORDER'].map((name) => process.env[name] ?? '');
  return [...(await identityOf(path)), await realpath(path), kernelModule, boot, ...nodes, ...visible];
}
