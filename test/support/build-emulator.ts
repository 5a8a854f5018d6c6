/** Builds the emulated CUDA driver and TensorRT libraries for `npm run test:emulator`. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ROOT } from './commands.js';
import { EMULATED_LIBRARIES } from './emulated-libraries.js';
import type { TestGpu } from './gpu.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the emulated driver, and a folder of libraries for each family of TensorRT. */
    emulator: string;
  }
}

/** The folder, see scripts/native/emulator.mjs. */
export function buildEmulator(): string {
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  const script = ['scripts/native/emulator.mjs'];
  return execFileSync(process.execPath, script, { cwd: ROOT, stdio, encoding: 'utf8' }).trim();
}

/** Emulated GPUs in the place of real ones: it is the tests that are tried there. */
const inPlace = (folder: string, driver: string): readonly TestGpu[] =>
  EMULATED_LIBRARIES.map(({ file, ...rest }) => ({
    ...rest,
    library: join(folder, file),
    driver: join(folder, driver),
    computeCapability: '8.9',
    emulated: true,
  }));

export default function setup(project: TestProject): void {
  const folder = buildEmulator();
  project.provide('emulator', folder);
  project.provide('gpus', inPlace(folder, 'libcuda.so.1'));
  project.provide('drivers', inPlace(folder, 'driver/libcuda.so.1'));
}
