import { EngineryError, type ErrorCode } from '../errors.js';
import { native } from '../native/load.js';
import type { LibrarySource } from './candidates.js';
import { type FindOptions, type FoundLibrary, searchLibraries } from './find.js';
import { PRODUCTS, type Product } from './products.js';
import { type Family, no, type Verdict } from './verdict.js';

/** A TensorRT that can build engines here. */
export interface ResolvedTensorRT {
  readonly product: TensorRTProduct;
  readonly path: string;
  readonly parserPath: string;
  readonly version: string;
  readonly family: Family;
  /** How it was found. */
  readonly source: LibrarySource;
}

export type TensorRTProduct = 'tensorrt-rtx' | 'tensorrt';

/** A TensorRT that can run engines where there is a GPU. */
export interface ResolvedRuntime {
  readonly product: TensorRTProduct;
  readonly path: string;
  readonly version: string;
  readonly family: Family;
  /** The ONNX parser beside it, which refits engines; null where there is none. */
  readonly parserPath: string | null;
  /** Whether it can build engines as well. */
  readonly build: Verdict;
}

/** An ONNX Runtime that can run models here. */
export interface ResolvedOnnxRuntime {
  readonly path: string;
  readonly version: string;
}

/**
 * The first TensorRT library that can build engines, in the search order of {@link findLibraries}. A path that was named,
 * by option or environment, is the only one tried: nobody wants another library than the one they asked for.
 *
 * @throws EngineryError `ENGINERY_LIBRARY_NOT_FOUND` where there is none; else the code of the first one's reason, usually
 * `ENGINERY_LIBRARY_UNSUPPORTED` or `ENGINERY_LIBRARY_UNUSABLE`, with all that were tried in `details.tried`;
 * `ENGINERY_NATIVE_UNAVAILABLE` where this package's addon does not load.
 */
export async function resolveTensorRT(options: FindOptions = {}): Promise<ResolvedTensorRT> {
  const found = await firstGood(['tensorrt-rtx', 'tensorrt'], options, (library) => library.build);
  const { product, path, parserPath, version, family, source } = found;
  if (product === 'onnxruntime' || product === 'cuda-driver' || !parserPath || !version || !family) {
    throw new EngineryError('ENGINERY_INTERNAL', `${path} was judged good for building without being TensorRT`);
  }
  return { product, path, parserPath, version, family, source };
}

/**
 * The first library of a TensorRT product that can run engines, in the search order of {@link findLibraries}; of a version that
 * is preferred, if there is one.
 *
 * @throws EngineryError as {@link resolveTensorRT} does.
 */
export async function resolveRuntime(
  product: TensorRTProduct,
  options: FindOptions = {},
  prefers?: (version: string) => boolean,
): Promise<ResolvedRuntime> {
  const runs = (library: FoundLibrary): Verdict => {
    if (!library.run.ok || library.product === product) return library.run;
    return no('ENGINERY_LIBRARY_UNUSABLE', `it is ${PRODUCTS[library.product].title}, not ${PRODUCTS[product].title}`);
  };
  const preferred = (library: FoundLibrary): Verdict => {
    if (!runs(library).ok || prefers?.(library.version ?? '')) return runs(library);
    return no('ENGINERY_LIBRARY_UNSUPPORTED', 'another version is preferred');
  };
  const first = (): Promise<FoundLibrary> => firstGood([product], options, runs);
  const {
    path,
    version,
    family,
    parserPath = null,
    build,
  } = await (prefers === undefined ? first() : firstGood([product], options, preferred).catch(first));
  if (version === null || family === null) {
    throw new EngineryError('ENGINERY_INTERNAL', `${path} was judged good for running without being TensorRT`);
  }
  return { product, path, version, family, parserPath, build };
}

/**
 * The first ONNX Runtime that can run models, in the search order of {@link findLibraries}.
 *
 * @throws EngineryError as {@link resolveTensorRT} does.
 */
export async function resolveOnnxRuntime(options: FindOptions = {}): Promise<ResolvedOnnxRuntime> {
  const { path, version } = await firstGood(['onnxruntime'], options, (library) => library.run);
  return { path, version: version ?? '' };
}

interface Failure {
  readonly path: string;
  readonly code: ErrorCode;
  readonly reason: string;
}

const BRIDGE_HINT =
  'Install cargo 1.82 or newer, which fetches the headers, or name their folder in ENGINERY_TENSORRT_INCLUDE; then: npm run build:native';

async function firstGood(
  products: readonly Product[],
  options: FindOptions,
  verdictOf: (library: FoundLibrary) => Verdict,
): Promise<FoundLibrary> {
  // Without the addon no library can be opened, and that is what has to be said.
  native();
  const tried: Failure[] = [];
  let named: Failure | undefined;
  for (const product of products) {
    for await (const library of searchLibraries(product, options)) {
      const verdict = verdictOf(library);
      if (verdict.ok) return library;
      const failure = { path: library.path, code: verdict.code, reason: verdict.reason };
      if (library.source === 'environment') throw unusable(PRODUCTS[product].environment, failure);
      if (library.source === 'option') {
        // A folder may hold the other product; the failure to report is that of a library, if there is one.
        if (named === undefined || library.path !== options.path) named = failure;
        break;
      }
      tried.push(failure);
    }
  }
  if (named !== undefined) throw unusable('The library that was given', named);
  const { title, environment } = PRODUCTS[products[0] ?? 'tensorrt-rtx'];
  const obtain = products[0] === 'tensorrt' ? `Install ${title}` : `Run: npx enginery setup ${products[0]}`;
  const [first] = tried;
  if (first === undefined) {
    throw new EngineryError('ENGINERY_LIBRARY_NOT_FOUND', `${title} was not found on this machine.`, {
      hint: `${obtain} (or set ${environment} to its file or folder)`,
    });
  }
  const lines = tried.map((failure) => `  ${withPath(failure)}`);
  throw new EngineryError(first.code, `No usable ${title} on this machine:\n${lines.join('\n')}`, {
    hint: first.code === 'ENGINERY_NATIVE_UNAVAILABLE' ? BRIDGE_HINT : obtain,
    details: { tried },
  });
}

function unusable(what: string, failure: Failure): EngineryError {
  return new EngineryError(failure.code, `${what} cannot be used: ${withPath(failure)}`, {
    details: { tried: [failure] },
  });
}

function withPath({ path, reason }: Failure): string {
  return reason.startsWith(path) ? reason : `${path}: ${reason}`;
}
