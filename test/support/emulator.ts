/** A machine with emulated GPUs, and the backends on it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import type { BackendOptions, BackendSession } from '../../dist/backends/backend-session.js';
import { openEngineSession } from '../../dist/backends/tensorrt/engine-session.js';
import { buildEngine } from '../../dist/engine/build-engine.js';
import type { Profile, ShapeRange } from '../../dist/engine/profile.js';
import { resolveOnnxRuntime } from '../../dist/libraries/resolve.js';
import type { Family } from '../../dist/libraries/verdict.js';
import { readModel } from '../../dist/onnx/read-model.js';
import { type Backend, DEFAULTS } from './backends.js';
import { identity } from './contract-models.js';
import { EMULATED_LIBRARIES } from './emulated-libraries.js';
import { leftOnDevices } from './emulator-control.js';

/** Path of an emulated TensorRT. */
export function emulatedLibrary(family: Family): string {
  const file = EMULATED_LIBRARIES.find((library) => library.family === family)?.file ?? '';
  return join(inject('emulator'), file);
}

/** A machine with emulated GPUs and nothing of the user's. */
export interface EmulatedMachine {
  readonly folder: string;
  /** What a process there has in its environment. The emulator reads its settings once for each process. */
  readonly env: Readonly<Record<string, string>>;
  /** Rules of CUDA and TensorRT that were broken. */
  reports(): Promise<string>;
}

/**
 * Makes a machine in an empty folder.
 *
 * @param settings - Lines as native/emulator/control.h has them. By default there are two GPUs, of 8.9 and 12.0.
 * @param families - The TensorRT libraries that are installed.
 */
export async function emulatedMachine(
  folder: string,
  settings = '',
  families: readonly Family[] = ['rtx'],
): Promise<EmulatedMachine> {
  const [file, reports] = [join(folder, 'emulator.txt'), join(folder, 'reports.txt')];
  await writeFile(file, `report ${reports}\n${settings}\n`);
  await writeFile(reports, '');
  const enterprise = families.find((family) => family !== 'rtx');
  const env = {
    HOME: folder,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    ENGINERY_EMULATOR: file,
    ENGINERY_CUDA_LIBRARY: join(inject('emulator'), 'libcuda.so.1'),
    // The emulated libraries compute with it.
    ENGINERY_ONNXRUNTIME_LIBRARY: (await resolveOnnxRuntime()).path,
    ENGINERY_TENSORRT_RTX_LIBRARY: families.includes('rtx') ? emulatedLibrary('rtx') : '/absent',
    ENGINERY_TENSORRT_LIBRARY: enterprise === undefined ? '/absent' : emulatedLibrary(enterprise),
  };
  return { folder, env, reports: () => readFile(reports, 'utf8') };
}

/**
 * As {@link emulatedMachine}, for all tests of a file, which has a process of its own: none of them may break a rule, and all of
 * them together may leave nothing on a device.
 */
export function machineOfThisFile(settings = ''): () => EmulatedMachine {
  let machine: EmulatedMachine;
  beforeAll(async () => {
    machine = await emulatedMachine(await mkdtemp(join(tmpdir(), 'enginery-test-')), settings);
    Object.assign(process.env, machine.env);
  });
  afterEach(async () => {
    expect(await machine.reports()).toBe('');
  });
  afterAll(async () => {
    await rm(machine.folder, { recursive: true, force: true });
    expect(await leftOnDevices()).toBe('');
  });
  return () => machine;
}

/** A profile that takes any size up to 2048. */
async function anySize(model: string | Uint8Array): Promise<Profile[]> {
  const { inputs } = await readModel(model);
  const range = (dims: readonly unknown[]): ShapeRange => {
    const pick = (size: number): number[] => dims.map((dim) => (typeof dim === 'number' ? dim : size));
    return { min: pick(0), opt: pick(8), max: pick(2048) };
  };
  return [Object.fromEntries(inputs.map(({ name, dims }) => [name, range(dims ?? [])]))];
}

async function open(
  { library, driver, backend }: GpuLibraries,
  model: string | Uint8Array,
  { signal, ...options }: Partial<BackendOptions> = {},
): Promise<BackendSession> {
  const { path } = await buildEngine(model, { library, profiles: await anySize(model), signal });
  const { maxConcurrent, maxQueue, logSeverity, onLog } = { onLog: undefined, ...DEFAULTS, ...options };
  return openEngineSession({
    library,
    driver,
    parser: '',
    device: 0,
    plan: path,
    hostCode: false,
    maxConcurrent,
    maxQueue,
    product: backend,
    cudaGraph: false,
    specializationStrategy: undefined,
    memoryLimit: 0,
    weightStreamingBudget: -2,
    runtimeCache: '',
    profile: false,
    onLog,
    logSeverity,
    signal,
  });
}

/** Where a backend's session runs. */
interface GpuLibraries {
  readonly title: string;
  readonly backend: 'tensorrt-rtx' | 'tensorrt';
  readonly library: string;
  readonly driver: string;
  readonly emulated: boolean;
}

/** A GPU backend, to be held to the contract. An emulated GPU is as fast as a CPU. */
export const gpuBackend = (gpu: GpuLibraries): Backend => ({
  title: gpu.title,
  open: (model, options) => open(gpu, model, options),
  sessionOptions: async (model) => ({
    backend: gpu.backend,
    engine: { library: gpu.library, profiles: await anySize(model) },
  }),
  is: { name: gpu.backend, implementation: 'native' },
  types: ['float32', 'float16', 'int32', 'int64', 'bool'],
  heavyRows: gpu.emulated ? 256 : 2048,
  namesDims: false,
  unimplemented: { model: identity(['string'], ['n']), code: 'ENGINERY_PARSE_FAILED' },
});

/** The GPU backends, over the emulator. */
export const EMULATED_BACKENDS: readonly Backend[] = EMULATED_LIBRARIES.map(({ family, title, backend }) =>
  gpuBackend({
    title,
    backend,
    library: emulatedLibrary(family),
    driver: join(inject('emulator'), 'libcuda.so.1'),
    emulated: true,
  }),
);
