/** Obtains the TensorRT-RTX releases of this suite, as a user would, into the user's data folder; some are there already. */
import type { TestProject } from 'vitest/node';
import { setupLibrary } from '../../dist/libraries/setup-library.js';

/** One of every minor version that this release supports. */
const VERSIONS = ['1.5.0.114', '1.6.1.120', '1.7.1.116'];

declare module 'vitest' {
  interface ProvidedContext {
    runtimes: readonly { readonly version: string; readonly path: string }[];
  }
}

export default async function obtainRuntimes(project: TestProject): Promise<void> {
  const runtimes: { version: string; path: string }[] = [];
  for (const version of VERSIONS) {
    const { path, already } = await setupLibrary('tensorrt-rtx', { version });
    console.log(`TensorRT-RTX ${version}: ${already ? 'was there' : 'obtained'}`);
    runtimes.push({ version, path });
  }
  project.provide('runtimes', runtimes);
}
