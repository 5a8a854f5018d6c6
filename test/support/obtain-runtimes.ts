/**
 * Obtains the releases of this suite, as a user would: those of TensorRT-RTX into the user's data folder, where some are already,
 * those of ONNX Runtime into the cache folder.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { CATALOGUE } from '../../dist/libraries/catalogue.js';
import { cacheFolder } from '../../dist/libraries/folders.js';
import { downloadWheel, findPip } from '../../dist/libraries/pip.js';
import { PRODUCTS } from '../../dist/libraries/products.js';
import { type ObtainableProduct, type SetupResult, setupLibrary } from '../../dist/libraries/setup-library.js';
import { unpackWheel, verifyWheel } from '../../dist/libraries/wheel.js';

/** One of every minor version that this release supports. */
const VERSIONS = ['1.5.0.114', '1.6.1.120', '1.7.1.116'];
/** The last one before the ABI changed. */
const TOO_OLD = '1.4.0.76';

/** The oldest that this release takes, and the newest that there is. */
const ONNXRUNTIMES = ['1.20.0', '1.32.0'];
/** The last minor version before that. It has no wheel for the Python that the others are obtained for. */
const ONNXRUNTIME_TOO_OLD = { version: '1.19.0', arguments: ['--python-version', '3.12', '--abi', 'cp312'] };

interface Runtime {
  readonly version: string;
  readonly path: string;
}

/** Folder of a release that is refused, or why there is none. */
type Refused = { readonly version: string; readonly folder: string } | { readonly missing: string };

declare module 'vitest' {
  interface ProvidedContext {
    runtimes: readonly Runtime[];
    tooOld: Refused;
    onnxRuntimes: readonly Runtime[];
    tooOldOnnxRuntime: Refused;
  }
}

export default async function obtainRuntimes(project: TestProject): Promise<void> {
  project.provide('runtimes', await obtainAll('tensorrt-rtx', VERSIONS));
  project.provide('tooOld', await obtainRefused('tensorrt-rtx', TOO_OLD));
  project.provide('onnxRuntimes', await elsewhere(() => obtainAll('onnxruntime', ONNXRUNTIMES)));
  const { version, arguments: words } = ONNXRUNTIME_TOO_OLD;
  project.provide('tooOldOnnxRuntime', await obtainRefused('onnxruntime', version, words));
}

/** Not in the user's data folder, from where sessions would take the newest. */
async function elsewhere<T>(work: () => Promise<T>): Promise<T> {
  const { XDG_DATA_HOME: home } = process.env;
  process.env.XDG_DATA_HOME = join(cacheFolder(), 'test-runtimes');
  try {
    return await work();
  } finally {
    if (home === undefined) delete process.env.XDG_DATA_HOME;
    else process.env.XDG_DATA_HOME = home;
  }
}

async function obtainAll(product: ObtainableProduct, versions: readonly string[]): Promise<Runtime[]> {
  const runtimes: Runtime[] = [];
  for (const version of versions) runtimes.push({ version, path: (await obtain(product, version)).path });
  return runtimes;
}

function obtain(product: ObtainableProduct, version: string): Promise<SetupResult> {
  return setupLibrary(product, {
    version,
    onProgress: (progress) => {
      if (progress.phase === 'plan') announce(product, version, progress.plan.downloadBytes);
    },
  });
}

function announce(product: ObtainableProduct, version: string, bytes: number | null): void {
  const { title, vendor, licence } = CATALOGUE[product];
  const size = bytes === null ? '' : ` (${Math.round(bytes / 1e6)} MB)`;
  console.log(`${title} ${version}: ${vendor}'s, licence: ${licence}${size}`);
}

function obtainRefused(product: ObtainableProduct, version: string, words?: readonly string[]): Promise<Refused> {
  return obtainWheel(product, version, words).then(
    (folder) => ({ version, folder }),
    (error: Error) => ({ missing: `${CATALOGUE[product].title} ${version}: ${error.message}` }),
  );
}

/** What setup refuses to obtain, by the same steps, into the user's cache folder. Gives the folder with the library. */
async function obtainWheel(
  product: ObtainableProduct,
  version: string,
  words: readonly string[] = [],
): Promise<string> {
  const folder = join(cacheFolder(), 'test-runtimes', version);
  const libraries = join(folder, PRODUCTS[product].sitePackages ?? '');
  if (existsSync(folder)) return libraries;
  const temporary = `${folder}.${process.pid}`;
  const unpacked = join(temporary, 'unpacked');
  await mkdir(temporary, { recursive: true });
  try {
    const pip = await findPip();
    const { wheel, arguments: usual } = CATALOGUE[product];
    const path = await downloadWheel(pip, {
      requirement: `${wheel}==${version}`,
      arguments: [...usual, ...words],
      folder: temporary,
      onSize: (bytes) => announce(product, version, bytes),
    });
    await unpackWheel(pip, path, unpacked);
    await verifyWheel(unpacked, () => {});
    await rename(unpacked, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return libraries;
}
