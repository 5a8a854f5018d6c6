/** The GPUs that tests run on: a machine's own, or emulated ones in their place, to try the tests themselves. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject } from 'vitest';
import { createSession, EngineryError, type ErrorCode, type Session, type SessionOptions } from '../../dist/index.js';
import { resolveOnnxRuntime } from '../../dist/libraries/resolve.js';
import type { Family } from '../../dist/libraries/verdict.js';
import { type EmulatedMachine, emulatedMachine } from './emulator.js';
import { leftOnDevices } from './emulator-control.js';

/** A TensorRT, and a driver with a GPU that it runs on. */
export interface TestGpu {
  readonly title: string;
  readonly backend: 'tensorrt-rtx' | 'tensorrt';
  readonly family: Family;
  /** Path of TensorRT's library. */
  readonly library: string;
  /** Path of the driver's. */
  readonly driver: string;
  /** `8.9` */
  readonly computeCapability: string;
  readonly emulated: boolean;
}

/** What there is, or why there is nothing. */
export type TestGpus = readonly TestGpu[] | { readonly missing: string };

declare module 'vitest' {
  interface ProvidedContext {
    /** Where TensorRT computes. */
    gpus: TestGpus;
    /** Where an emulated TensorRT copies its inputs to its outputs, which takes a driver and nothing else. */
    drivers: TestGpus;
  }
}

/** Holds every GPU to the same tests; skips them where there is none. Engines are built into a cache of this file alone. */
function onEach(what: 'gpus' | 'drivers', tests: (gpu: TestGpu) => void): void {
  const gpus = inject(what);
  if ('missing' in gpus) {
    const none: TestGpu = {
      title: 'no GPU',
      backend: 'tensorrt',
      family: 'ent11',
      library: '',
      driver: '',
      computeCapability: '',
      emulated: false,
    };
    beforeEach((context) => context.skip(gpus.missing));
    describe(none.title, () => tests(none));
    return;
  }
  let folder: string;
  let machine: EmulatedMachine | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'enginery-test-'));
    const [gpu] = gpus;
    if (gpu?.emulated) machine = await emulatedMachine(folder);
    // This file has a process of its own. An emulated TensorRT reads models with ONNX Runtime, also over a real driver.
    Object.assign(process.env, machine?.env ?? { ENGINERY_ONNXRUNTIME_LIBRARY: (await resolveOnnxRuntime()).path });
    Object.assign(process.env, { XDG_CACHE_HOME: join(folder, 'cache'), ENGINERY_CUDA_LIBRARY: gpu?.driver });
  });
  afterEach(async () => {
    expect((await machine?.reports()) ?? '').toBe('');
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    if (machine !== undefined && what === 'gpus') expect(await leftOnDevices()).toBe('');
  });
  for (const gpu of gpus) describe(gpu.title, () => tests(gpu));
}

export const onEveryGpu = (tests: (gpu: TestGpu) => void): void => onEach('gpus', tests);
export const onEveryDriver = (tests: (gpu: TestGpu) => void): void => onEach('drivers', tests);

/** A session on it, and on nothing else. */
export function open(
  gpu: TestGpu,
  model: string | Uint8Array,
  { engine, ...options }: SessionOptions = {},
): Promise<Session> {
  return createSession(model, { backend: gpu.backend, ...options, engine: { library: gpu.library, ...engine } });
}

/** The same; undefined where a TensorRT that is older than the tests gives that code. An emulated one is of the last version. */
export async function openUnless(
  code: ErrorCode,
  gpu: TestGpu,
  model: string | Uint8Array,
  options: SessionOptions,
): Promise<Session | undefined> {
  try {
    return await open(gpu, model, options);
  } catch (error) {
    if (error instanceof EngineryError && error.code === code && !gpu.emulated) return undefined;
    throw error;
  }
}
