import { execFile } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { obtainedLibraries } from './obtained.js';
import { onnxRuntimeNodeFolders } from './onnxruntime-node.js';
import { PRODUCTS, type Product, type ProductFiles } from './products.js';
import { askPythonForSitePackages, knownSitePackages, names } from './python.js';
import { compareVersions } from './version.js';

/** How a library came to be looked at. */
export type LibrarySource = 'option' | 'environment' | 'setup' | 'npm' | 'site-packages' | 'sdk' | 'system';

/** A file that may be the library, not opened yet. */
export interface Candidate {
  readonly path: string;
  readonly source: LibrarySource;
}

/**
 * Where a library may be, best first: what was named, what `enginery setup` obtained, npm (ONNX Runtime), Python's
 * site-packages, SDK folders, the system loader; last, because it starts a process, the `python3` on PATH.
 *
 * A path that was named (by option or environment) is given even if nothing is there, so that the caller can say so.
 */
export async function* candidates(product: Product, path?: string): AsyncGenerator<Candidate> {
  const files = PRODUCTS[product];
  const seen = new Set<string>();
  for await (const candidate of all(product, files, path)) {
    const real = await realpath(candidate.path).catch(() => candidate.path);
    if (seen.has(real)) continue;
    seen.add(real);
    yield candidate;
  }
}

async function* all(product: Product, files: ProductFiles, path: string | undefined): AsyncGenerator<Candidate> {
  if (path !== undefined) yield* named(path, files, 'option');
  const fromEnvironment = process.env[files.environment];
  if (fromEnvironment) yield* named(fromEnvironment, files, 'environment');
  if (product === 'tensorrt-rtx' || product === 'onnxruntime') {
    for (const obtained of await obtainedLibraries()) {
      if (obtained.product === product) yield { path: obtained.path, source: 'setup' };
    }
  }
  if (product === 'onnxruntime') yield* inFolders(npmFolders(), files, 'npm');
  if (files.sitePackages !== undefined) {
    yield* inFolders(below(await knownSitePackages(), files.sitePackages), files, 'site-packages');
  }
  yield* inFolders(await sdkFolders(files), files, 'sdk');
  for (const found of await systemLibraries(files.file)) yield { path: found, source: 'system' };
  if (files.sitePackages !== undefined) {
    yield* inFolders(below(await askPythonForSitePackages(), files.sitePackages), files, 'site-packages');
  }
}

async function* named(path: string, files: ProductFiles, source: LibrarySource): AsyncGenerator<Candidate> {
  const isFolder = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    yield { path, source };
    return;
  }
  const inside = ['', 'lib', 'lib64', ...(files.sitePackages === undefined ? [] : [files.sitePackages])];
  for (const folder of below([path], ...inside)) {
    const found = await newestIn(folder, files.file);
    if (found !== null) {
      yield { path: found, source };
      return;
    }
  }
  yield { path, source };
}

async function* inFolders(
  folders: Iterable<string>,
  files: ProductFiles,
  source: LibrarySource,
): AsyncGenerator<Candidate> {
  for (const folder of folders) {
    const found = await newestIn(folder, files.file);
    if (found !== null) yield { path: found, source };
  }
}

/** The file with the highest version in its name: SDK folders hold `.so.1`, `.so.1.7` and `.so.1.7.1` for one library. */
export async function newestIn(folder: string, file: RegExp): Promise<string | null> {
  const version = (name: string): string => name.slice(name.indexOf('.so.') + 4);
  const matching = (await names(folder)).filter((name) => file.test(name));
  const newest = matching.sort((a, b) => compareVersions(version(b), version(a)))[0];
  return newest === undefined ? null : join(folder, newest);
}

function below(folders: readonly string[], ...names: string[]): string[] {
  return folders.flatMap((folder) => names.map((name) => join(folder, name)));
}

function npmFolders(): string[] {
  return below(onnxRuntimeNodeFolders(), join('bin/napi-v6', process.platform, process.arch));
}

async function sdkFolders(files: ProductFiles): Promise<string[]> {
  const roots = files.sdkVariables.map((variable) => process.env[variable]).filter((root) => root !== undefined);
  const { sdkFolder } = files;
  if (sdkFolder !== undefined) {
    for (const parent of ['/usr/local', '/opt', '/opt/nvidia']) {
      const found = (await names(parent)).filter((name) => sdkFolder.test(name));
      // A version in the folder's name sorts the newest first.
      roots.push(
        ...found.sort((a, b) => b.localeCompare(a, 'en', { numeric: true })).map((name) => join(parent, name)),
      );
    }
  }
  return below(roots, 'lib', 'lib64', 'targets/x86_64-linux-gnu/lib', '');
}

/**
 * What the system's loader would find, as paths: a bare soname would give whichever library of that name is open already.
 */
async function systemLibraries(file: RegExp): Promise<string[]> {
  const found: string[] = [];
  const folders = (process.env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder !== '');
  for (const folder of folders) {
    const path = await newestIn(folder, file);
    if (path !== null) found.push(path);
  }
  const cached = (await loaderCache()).filter((path) => file.test(path.slice(path.lastIndexOf('/') + 1)));
  // NixOS has no loader cache; its drivers are here.
  const nixos = await newestIn('/run/opengl-driver/lib', file);
  return [...found, ...cached, ...(nixos === null ? [] : [nixos])];
}

let cache: Promise<string[]> | undefined;

/** The 64-bit libraries in the loader's cache, in its order. Once per process. */
function loaderCache(): Promise<string[]> {
  const flags = process.arch === 'arm64' ? 'AArch64' : 'x86-64';
  cache ??= new Promise((resolve) => {
    // By its path, because /sbin is not on every user's PATH.
    execFile('/sbin/ldconfig', ['-p'], { timeout: 10_000, maxBuffer: 16 << 20 }, (error, stdout) => {
      const lines = error === null ? stdout.split('\n') : [];
      resolve(lines.filter((line) => line.includes(flags)).flatMap((line) => line.split(' => ')[1] ?? []));
    });
  });
  return cache;
}
