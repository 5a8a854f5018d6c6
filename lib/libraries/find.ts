import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EngineryError, messageOf } from '../errors.js';
import type { NativeLibraryInfo } from '../native/binding.js';
import { call } from '../native/calls.js';
import { native } from '../native/load.js';
import { type Candidate, candidates, type LibrarySource, newestIn } from './candidates.js';
import { whyNotLoadable } from './elf.js';
import { PRODUCTS, type Product } from './products.js';
import { names } from './python.js';
import { assess, type Family, no, type Verdict } from './verdict.js';

/** A library on this machine and what it is good for. */
export interface FoundLibrary {
  readonly product: Product;
  readonly path: string;
  /** TensorRT's ONNX parser, beside the library. */
  readonly parserPath?: string;
  readonly source: LibrarySource;
  /** As the library says; null where it cannot be opened, and for a driver, which is opened in a child process only. */
  readonly version: string | null;
  readonly family: Family | null;
  /** Good for building engines? */
  readonly build: Verdict;
  /** Good for running models or engines? */
  readonly run: Verdict;
}

export interface FindOptions {
  /** The library's file or folder; looked at before everything else. */
  path?: string | undefined;
  /** Take a TensorRT-RTX minor version nobody has tried without the trial build. */
  allowUntested?: boolean | undefined;
}

/**
 * Every library of a product that this machine has, best first, each opened and judged.
 *
 * @example
 * ```ts
 * for (const { path, version, build } of await findLibraries('tensorrt-rtx')) console.log(path, version, build.ok);
 * ```
 */
export async function findLibraries(product: Product, options: FindOptions = {}): Promise<FoundLibrary[]> {
  const found: FoundLibrary[] = [];
  for await (const library of searchLibraries(product, options)) found.push(library);
  return found;
}

/** {@link findLibraries}, one by one: opening a library costs time and memory, so stop when one will do. */
export async function* searchLibraries(product: Product, options: FindOptions = {}): AsyncGenerator<FoundLibrary> {
  for await (const candidate of candidates(product, options.path)) {
    yield await examine(product, candidate, options.allowUntested ?? false);
  }
}

async function examine(expected: Product, { path, source }: Candidate, allowUntested: boolean): Promise<FoundLibrary> {
  const unusable = (verdict: Verdict): FoundLibrary => {
    return { product: expected, path, source, version: null, family: null, build: verdict, run: verdict };
  };
  const notLoadable = await whyNotLoadable(path);
  if (notLoadable !== null) return unusable(no('ENGINERY_LIBRARY_UNUSABLE', `${path}: ${notLoadable}`));
  if (expected === 'cuda-driver') {
    const parts = assess({ product: expected, version: '', parserPath: undefined, families: [] });
    return { product: expected, path, source, version: null, family: null, build: parts.build, run: parts.run };
  }

  let info: NativeLibraryInfo;
  try {
    info = await call<NativeLibraryInfo>((addon, id) => addon.openLibrary(id, path));
  } catch (error) {
    const code = error instanceof EngineryError ? error.code : 'ENGINERY_LIBRARY_UNUSABLE';
    // Said once, where the addon is the subject; a library has no part in it.
    const reason =
      code === 'ENGINERY_NATIVE_UNAVAILABLE' ? 'not opened: the native addon is not loaded' : messageOf(error);
    return unusable(no(code, reason));
  }
  if (!isProduct(info.product) || !fits(info.product, expected)) {
    return unusable(no('ENGINERY_LIBRARY_UNUSABLE', `${path}: it is ${info.product}, not ${PRODUCTS[expected].title}`));
  }

  const product = info.product;
  const parserPath = await parserBeside(product, path);
  const facts = { product, version: info.version, parserPath, families: native().families };
  const { family, build, run, needsTrial } = assess(facts);
  const untested = needsTrial && !allowUntested && parserPath !== undefined;
  const failed = untested ? await failedTrial(path, parserPath, info.version) : undefined;
  return {
    product,
    path,
    ...(parserPath === undefined ? {} : { parserPath }),
    source,
    version: info.version,
    family,
    build: failed ?? build,
    run: failed ?? run,
  };
}

/** Both TensorRT products are looked for under either name: a path may be given without saying which it is. */
function fits(product: Product, expected: Product): boolean {
  const isTensorRT = (name: Product): boolean => name === 'tensorrt' || name === 'tensorrt-rtx';
  return product === expected || (isTensorRT(product) && isTensorRT(expected));
}

function isProduct(name: string): name is Product {
  return Object.hasOwn(PRODUCTS, name);
}

/** The verdict on a version that failed its trial; undefined where it passed. */
async function failedTrial(path: string, parserPath: string, version: string): Promise<Verdict | undefined> {
  const { whyTrialFails } = await import('./trial.js'); // seldom needed
  const reason = await whyTrialFails(path, parserPath);
  if (reason === null) return undefined;
  return no(
    'ENGINERY_LIBRARY_UNSUPPORTED',
    `TensorRT-RTX ${version}: newer than this release was tested with, and a trial build failed: ${reason}`,
  );
}

/** The parser in the library's folder (or where its link points to), with the library's own suffix if there is one. */
async function parserBeside(product: Product, path: string): Promise<string | undefined> {
  const { parser } = PRODUCTS[product];
  if (parser === undefined) return undefined;
  const real = await realpath(path).catch(() => path);
  for (const folder of new Set([dirname(path), dirname(real)])) {
    const suffix = basename(path).replace(/^.*?\.so/, '.so');
    const same = (await names(folder)).find((name) => parser.test(name) && name.endsWith(suffix));
    const found = same === undefined ? await newestIn(folder, parser) : join(folder, same);
    if (found !== null) return found;
  }
  return undefined;
}
