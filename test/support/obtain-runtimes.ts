/** Obtains the TensorRT-RTX releases of this suite, as a user would, into the user's data folder; some are there already. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { CATALOGUE } from '../../dist/libraries/catalogue.js';
import { cacheFolder } from '../../dist/libraries/folders.js';
import { downloadWheel, findPip } from '../../dist/libraries/pip.js';
import { PRODUCTS } from '../../dist/libraries/products.js';
import { setupLibrary } from '../../dist/libraries/setup-library.js';
import { unpackWheel, verifyWheel } from '../../dist/libraries/wheel.js';

/** One of every minor version that this release supports. */
const VERSIONS = ['1.5.0.114', '1.6.1.120', '1.7.1.116'];
/** The last one before the ABI changed. */
const TOO_OLD = '1.4.0.76';

declare module 'vitest' {
  interface ProvidedContext {
    runtimes: readonly { readonly version: string; readonly path: string }[];
    /** Folder of a release that is refused, or why there is none. */
    tooOld: { readonly version: string; readonly folder: string } | { readonly missing: string };
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
  const tooOld = await obtainWheel(TOO_OLD).then(
    (folder) => ({ version: TOO_OLD, folder }),
    (error: Error) => ({ missing: `TensorRT-RTX ${TOO_OLD}: ${error.message}` }),
  );
  project.provide('tooOld', tooOld);
}

/** What setup refuses to obtain, by the same steps, into the user's cache folder. Gives the folder with the library. */
async function obtainWheel(version: string): Promise<string> {
  const folder = join(cacheFolder(), 'test-runtimes', version);
  const libraries = join(folder, PRODUCTS['tensorrt-rtx'].sitePackages ?? '');
  if (existsSync(folder)) return libraries;
  const temporary = `${folder}.${process.pid}`;
  const unpacked = join(temporary, 'unpacked');
  await mkdir(temporary, { recursive: true });
  try {
    const pip = await findPip();
    const { wheel, arguments: words } = CATALOGUE['tensorrt-rtx'];
    const path = await downloadWheel(pip, { requirement: `${wheel}==${version}`, arguments: words, folder: temporary });
    await unpackWheel(pip, path, unpacked);
    await verifyWheel(unpacked, () => {});
    await rename(unpacked, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  console.log(`TensorRT-RTX ${version}: obtained`);
  return libraries;
}
