/** Which backend executes a session, and why not the others. */

import type { BackendName } from '../backends/backend-session.js';
import { EngineryError, type ErrorCode } from '../errors.js';
import { probeDevices } from '../libraries/devices.js';
import { resolveOnnxRuntime } from '../libraries/resolve.js';

/**
 * What `createSession` takes as `backend`: `'auto'` prefers a GPU and falls back to the CPU; `'gpu'` never falls back;
 * `'cpu'`; a backend's name; or names in order of preference.
 */
export type BackendChoice = 'auto' | 'gpu' | 'cpu' | BackendName | readonly BackendName[];

/** Why a backend was passed over. */
export interface BackendReason {
  readonly backend: BackendName;
  readonly code: ErrorCode;
  readonly message: string;
}

/** The backend that was chosen. */
export interface ChosenBackend {
  readonly name: BackendName;
  /** Full version of the runtime library. */
  readonly version: string;
  /** Path of the runtime library. */
  readonly library: string;
  /** The backends that came before it, and why each was passed over. */
  readonly reasons: readonly BackendReason[];
}

const GPU_BACKENDS: readonly BackendName[] = ['tensorrt', 'tensorrt-rtx'];
const CPU_BACKENDS: readonly BackendName[] = ['onnxruntime'];
const BACKENDS: readonly BackendName[] = [...GPU_BACKENDS, ...CPU_BACKENDS];

const CHOICES: Readonly<Record<string, readonly BackendName[]>> = {
  auto: BACKENDS,
  gpu: GPU_BACKENDS,
  cpu: CPU_BACKENDS,
  ...Object.fromEntries(BACKENDS.map((name) => [name, [name]])),
};

/**
 * Chooses the first backend that works on this machine.
 *
 * @param suits - Throws where a backend, whatever the machine has, cannot execute what is to be executed.
 * @throws EngineryError `ENGINERY_BACKEND_UNAVAILABLE` with `details.reasons`; where only one backend was asked for, the
 * error that kept it from working.
 */
export async function chooseBackend(
  choice: BackendChoice,
  suits: (name: BackendName) => Promise<void> = async () => {},
): Promise<ChosenBackend> {
  const candidates = candidatesOf(choice);
  const reasons: BackendReason[] = [];
  let last: EngineryError | undefined;
  let gpuProblem: EngineryError | undefined;
  for (const name of candidates) {
    try {
      await suits(name);
      if (GPU_BACKENDS.includes(name)) {
        gpuProblem ??= await whyNotOnGpu();
        throw gpuProblem;
      }
      const { path, version } = await resolveOnnxRuntime();
      return { name, version, library: path, reasons };
    } catch (error) {
      if (!(error instanceof EngineryError)) throw error;
      reasons.push({ backend: name, code: error.code, message: error.message });
      last = error;
    }
  }
  if (candidates.length === 1 && last !== undefined && choice !== 'gpu') throw last;
  const list = reasons.map(({ backend, message }) => `\n  ${backend}: ${message}`).join('');
  throw new EngineryError('ENGINERY_BACKEND_UNAVAILABLE', `No backend can execute this model here:${list}`, {
    hint: choice === 'gpu' ? "Use backend 'auto' or 'cpu' to run on the CPU." : last?.hint,
    details: { reasons },
    cause: last,
  });
}

function candidatesOf(choice: BackendChoice): readonly BackendName[] {
  const names = typeof choice === 'string' ? (Object.hasOwn(CHOICES, choice) ? CHOICES[choice] : undefined) : choice;
  const known = Array.isArray(names) && names.length > 0 && names.every((name) => BACKENDS.includes(name));
  if (!known) {
    throw new EngineryError(
      'ENGINERY_INVALID_OPTION',
      `backend is ${JSON.stringify(choice)}; expected one of ${Object.keys(CHOICES).join(', ')}, or a list of backend names`,
    );
  }
  return names;
}

/** What is in the way on this machine first, as that is what the user can change. */
async function whyNotOnGpu(): Promise<EngineryError> {
  const { devices, reason } = await probeDevices();
  if (devices.length === 0) {
    return new EngineryError('ENGINERY_DEVICE_UNAVAILABLE', reason?.message ?? 'The NVIDIA driver reports no device');
  }
  return new EngineryError(
    'ENGINERY_BACKEND_UNAVAILABLE',
    'This release builds engines for GPUs, and does not execute on them yet',
  );
}
