/** Which backend executes a session, and why not the others. */

import type { BackendCapabilities, BackendImplementation, BackendName } from '../backends/backend-session.js';
import { EngineryError, type ErrorCode } from '../errors.js';
import { type Device, type DeviceProbe, probeDevices } from '../libraries/devices.js';
import { resolveOnnxRuntimeNode } from '../libraries/onnxruntime-node.js';
import { resolveOnnxRuntime } from '../libraries/resolve.js';
import { checkDevice, findGpu, type Gpu, type WantedGpu } from './gpu.js';

/** One thing to try: a backend, and for ONNX Runtime by which implementation. */
export type BackendCandidate = 'tensorrt' | 'tensorrt-rtx' | 'onnxruntime-native' | 'onnxruntime-worker';

/**
 * What `createSession` takes as `backend`: `'auto'` prefers a GPU and falls back to the CPU; `'gpu'` never falls back;
 * `'cpu'`; a backend's name; or names in order of preference.
 *
 * `'onnxruntime'`, which is all of `'cpu'`, stands for `'onnxruntime-native'`, and where that does not work
 * `'onnxruntime-worker'`; each of them can be asked for alone.
 */
export type BackendChoice =
  | 'auto'
  | 'gpu'
  | 'cpu'
  | BackendName
  | BackendCandidate
  | readonly (BackendName | BackendCandidate)[];

/** Why a backend was passed over. */
export interface BackendReason {
  readonly backend: BackendCandidate;
  readonly code: ErrorCode;
  readonly message: string;
}

/** The backend that was chosen. */
export interface ChosenBackend {
  readonly name: BackendName;
  readonly implementation: BackendImplementation;
  /** Full version of the runtime library. */
  readonly version: string;
  /** Path of the runtime library; of the worker, of the package's main module. */
  readonly library: string;
  /** The GPU; null on the CPU. */
  readonly device: Pick<Device, 'index' | 'name' | 'computeCapability'> | null;
  /** The backends that came before it, and why each was passed over. */
  readonly reasons: readonly BackendReason[];
}

/** The backend of a session. */
export interface SessionBackend extends ChosenBackend {
  /** What to expect of it: backends differ, and say so here. */
  readonly capabilities: BackendCapabilities;
  /**
   * Path of the model that runs in the place of an engine that cannot run here, on a GPU through an engine that was built of it;
   * null where what was opened runs itself.
   */
  readonly standIn: string | null;
}

const GPU: readonly ('tensorrt' | 'tensorrt-rtx')[] = ['tensorrt', 'tensorrt-rtx'];
const CPU: readonly BackendCandidate[] = ['onnxruntime-native', 'onnxruntime-worker'];

/** What a list may name. */
const NAMES: Readonly<Record<BackendName | BackendCandidate, readonly BackendCandidate[]>> = {
  tensorrt: ['tensorrt'],
  'tensorrt-rtx': ['tensorrt-rtx'],
  onnxruntime: CPU,
  'onnxruntime-native': ['onnxruntime-native'],
  'onnxruntime-worker': ['onnxruntime-worker'],
};
const CHOICES: Readonly<Record<string, readonly BackendCandidate[]>> = {
  auto: [...GPU, ...CPU],
  gpu: GPU,
  cpu: CPU,
  ...NAMES,
};

/** Forces a choice on programs that make none. */
const VARIABLE = 'ENGINERY_BACKEND';

/** An option that no GPU backend has is no reason to run on the CPU, maybe much slower, and say nothing. */
const MISTAKE: ErrorCode = 'ENGINERY_OPTION_UNSUPPORTED';

/** What is to be executed, as far as it decides where. */
export interface Wanted extends WantedGpu {
  /** Throws where a backend, whatever the machine has, cannot execute it. */
  readonly suits?: (name: BackendName) => Promise<void>;
  /** Throws where it cannot be executed on that GPU with that library; then on the CPU neither, where that is `ENGINERY_OPTION_UNSUPPORTED`. */
  readonly fits?: (gpu: Gpu) => Promise<void>;
}

/** The backend that was chosen, and the GPU that comes with it. */
export interface Choice {
  readonly backend: ChosenBackend;
  /** Null on the CPU. */
  readonly gpu: Gpu | null;
}

/**
 * Chooses the first backend that works on this machine.
 *
 * @param choice - Default: what the environment variable `ENGINERY_BACKEND` says, and `'auto'` where it says nothing.
 * @throws EngineryError `ENGINERY_BACKEND_UNAVAILABLE` with `details.reasons`; where all that were tried have the same reason,
 * that error; `ENGINERY_INVALID_OPTION`; `ENGINERY_OPTION_UNSUPPORTED`, and `ENGINERY_DEVICE_UNAVAILABLE` for a GPU that is not there
 * where others are, whatever else could be tried.
 */
export async function chooseBackend(choice?: BackendChoice, wanted: Wanted = {}): Promise<Choice> {
  const candidates = candidatesOf(choice);
  const reasons: BackendReason[] = [];
  let last: EngineryError | undefined;
  let mistake: EngineryError | undefined;
  let probing: Promise<DeviceProbe> | undefined;
  const probe = (): Promise<DeviceProbe> => (probing ??= probeDevices());
  for (const name of candidates) {
    if (isGpuBackend(name)) checkDevice(await probe(), wanted.device);
    else if (mistake !== undefined) throw mistake;
    try {
      return await tryOut(name, wanted, probe, reasons);
    } catch (error) {
      if (!(error instanceof EngineryError)) throw error;
      if (error.code === MISTAKE) mistake ??= error;
      reasons.push({ backend: name, code: error.code, message: error.message });
      last = error;
    }
  }
  if (mistake !== undefined) throw mistake;
  const { message: only } = last ?? {};
  if (last !== undefined && candidates !== GPU && reasons.every(({ message }) => message === only)) throw last;
  const list = reasons.map(({ backend, message }) => `\n  ${backend}: ${message}`).join('');
  throw new EngineryError('ENGINERY_BACKEND_UNAVAILABLE', `No backend can execute this model here:${list}`, {
    hint: candidates === GPU ? "Use backend 'auto' or 'cpu' to run on the CPU." : last?.hint,
    details: { reasons },
    cause: last,
  });
}

async function tryOut(
  candidate: BackendCandidate,
  wanted: Wanted,
  probe: () => Promise<DeviceProbe>,
  reasons: readonly BackendReason[],
): Promise<Choice> {
  if (isGpuBackend(candidate)) {
    await wanted.suits?.(candidate);
    const gpu = await findGpu(candidate, await probe(), wanted);
    await wanted.fits?.(gpu);
    const { index, name, computeCapability } = gpu.device;
    const { path: library, version } = gpu.library;
    const device = { index, name, computeCapability };
    return { backend: { name: candidate, implementation: 'native', version, library, device, reasons }, gpu };
  }
  await wanted.suits?.('onnxruntime');
  const implementation = candidate === 'onnxruntime-worker' ? 'worker' : 'native';
  const { path, version } = await (implementation === 'worker' ? resolveOnnxRuntimeNode() : resolveOnnxRuntime());
  const backend = { name: 'onnxruntime', implementation, version, library: path, device: null, reasons } as const;
  return { backend, gpu: null };
}

function isGpuBackend(candidate: BackendCandidate): candidate is (typeof GPU)[number] {
  return candidate === 'tensorrt' || candidate === 'tensorrt-rtx';
}

function candidatesOf(asked: BackendChoice | undefined): readonly BackendCandidate[] {
  const choice = asked ?? (process.env[VARIABLE] || 'auto');
  if (typeof choice === 'string' && Object.hasOwn(CHOICES, choice)) return CHOICES[choice] ?? [];
  if (Array.isArray(choice) && choice.length > 0 && choice.every((name) => Object.hasOwn(NAMES, name))) {
    return [...new Set(choice.flatMap((name: keyof typeof NAMES) => NAMES[name]))];
  }
  const names = `expected one of ${Object.keys(CHOICES).join(', ')}`;
  const message =
    asked === undefined
      ? `${VARIABLE} is ${JSON.stringify(choice)}; ${names}`
      : `backend is ${JSON.stringify(choice)}; ${names}, or a list of backend names`;
  throw new EngineryError('ENGINERY_INVALID_OPTION', message);
}
