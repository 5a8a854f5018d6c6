/** Builds the emulated CUDA driver and TensorRT libraries for `npm run test:emulator`. */
import { execFileSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { ROOT } from './commands.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the emulated driver, and a folder of libraries for each family of TensorRT. */
    emulator: string;
  }
}

export default function setup(project: TestProject): void {
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  const folder = execFileSync(process.execPath, ['scripts/native/emulator.mjs'], {
    cwd: ROOT,
    stdio,
    encoding: 'utf8',
  });
  project.provide('emulator', folder.trim());
}
