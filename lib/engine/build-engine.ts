/** Building an engine from an ONNX model: the public function. What it does is loaded when it is first called. */

import { EngineryError } from '../errors.js';
import type { ResolvedTensorRT } from '../libraries/resolve.js';
import type { Stop } from '../libraries/stop.js';
import type { BuildOptions, BuildResult } from './options.js';

/**
 * Builds a TensorRT engine from an ONNX model, on a thread of its own; TensorRT-RTX needs no GPU for it.
 *
 * Without `output` the engine comes from the engine cache, and is built only where it is not there yet: by one process, while
 * others that ask for it wait.
 *
 * @param model path of an ONNX file, with its external data beside it, or the file's bytes
 * @param options see {@link BuildOptions}; none is required
 * @returns where the engine is, its digest, and the manifest that lies beside it
 * @throws EngineryError
 * - about the arguments: `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_INVALID_OPTION`, `ENGINERY_OPTION_UNSUPPORTED`,
 *   `ENGINERY_OPTION_REFUSED`, `ENGINERY_INVALID_PROFILE`, `ENGINERY_PRECISION_MISMATCH`;
 * - about files: `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, `ENGINERY_INVALID_MODEL`,
 *   `ENGINERY_EXTERNAL_DATA`, `ENGINERY_OUTPUT_UNWRITABLE`, `ENGINERY_DISK_FULL`;
 * - about this machine: `ENGINERY_LIBRARY_NOT_FOUND`, `ENGINERY_LIBRARY_UNUSABLE`, `ENGINERY_LIBRARY_UNSUPPORTED`,
 *   `ENGINERY_NATIVE_UNAVAILABLE`, `ENGINERY_GPU_REQUIRED`;
 * - about the build: `ENGINERY_PARSE_FAILED`, with `details.errors`; `ENGINERY_BUILD_FAILED`, with
 *   `details.log`; with `isolate`, `ENGINERY_BUILD_CRASHED`.
 *
 * Rejects with the signal's reason when aborted. Whatever goes wrong, an engine that was there before is left as it was.
 *
 * @example
 * ```ts
 * const built = await buildEngine('digits.onnx', {
 *   output: 'digits.engine',
 *   profiles: [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [32, 1, 28, 28] } }],
 *   onProgress: ({ phase, fraction }) => console.log(phase, fraction),
 * });
 * ```
 */
export async function buildEngine(model: string | Uint8Array, options: BuildOptions = {}): Promise<BuildResult> {
  checkArguments(model, options);
  const { followSignal } = await import('../libraries/stop.js');
  const stop = followSignal(options.signal);
  try {
    return await (hasOutput(options) ? buildTo(model, options, stop) : buildCached(model, options, stop));
  } catch (error) {
    // What was interrupted may fail in its own way first: the reason is what the caller wants to know.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    stop.release();
  }
}

function hasOutput(options: BuildOptions): options is BuildOptions & { readonly output: string } {
  return options.output !== undefined;
}

async function buildTo(
  model: string | Uint8Array,
  options: BuildOptions & { readonly output: string },
  stop: Stop,
): Promise<BuildResult> {
  const library = openLibrary(options);
  library.catch(() => {}); // Awaited by the build.
  const { build } = await import('./build.js');
  await applyConcurrency();
  return build(model, options, library, stop);
}

async function buildCached(model: string | Uint8Array, options: BuildOptions, stop: Stop): Promise<BuildResult> {
  const { cachedEngine } = await import('./cache/cached-engine.js');
  return cachedEngine(model, options, stop, applyConcurrency);
}

async function applyConcurrency(): Promise<void> {
  if (setConcurrency !== undefined) return;
  const builder = await import('../backends/tensorrt/builder.js');
  if (concurrency !== undefined) builder.setConcurrency(concurrency);
  setConcurrency = builder.setConcurrency;
}

/** Opening a library of 230 MB takes as long as loading the rest of our code, so both happen at once. */
async function openLibrary({ library, allowUntested }: BuildOptions): Promise<ResolvedTensorRT> {
  const { resolveTensorRT } = await import('../libraries/resolve.js');
  return resolveTensorRT({ path: library, allowUntested });
}

// What was asked for before the first build, and how to tell the addon from then on.
let concurrency: number | undefined;
let setConcurrency: ((count: number) => void) | undefined;

/**
 * Sets how many builds run at the same time in this process. The rest wait their turn. By default one: a build takes the
 * memory of several copies of the weights.
 *
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT`
 */
export function setBuildConcurrency(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > 1024) {
    throw new EngineryError(
      'ENGINERY_INVALID_ARGUMENT',
      `Expected a whole number of builds from 1, got ${String(count)}`,
    );
  }
  concurrency = count;
  setConcurrency?.(count);
}

function checkArguments(model: unknown, options: unknown): asserts options is BuildOptions {
  const wrong = (message: string): EngineryError => new EngineryError('ENGINERY_INVALID_ARGUMENT', message);
  if (!(model instanceof Uint8Array) && (typeof model !== 'string' || model === '' || model.includes('\0'))) {
    throw wrong('model: expected the path of an ONNX file, or its bytes as a Uint8Array');
  }
  if (typeof options !== 'object' || options === null) throw wrong('options: expected an object');
  const { output, cacheFolder, library, isolate, signal, onProgress, onLog } = options as Record<
    keyof BuildOptions,
    unknown
  >;
  for (const [name, path] of Object.entries({ output, cacheFolder, library })) {
    if (path === undefined) continue;
    if (typeof path !== 'string' || path === '' || path.includes('\0')) throw wrong(`${name}: expected a path`);
  }
  if (isolate !== undefined && typeof isolate !== 'boolean') throw wrong('isolate: expected true or false');
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrong('signal: expected an AbortSignal');
  for (const [name, listener] of Object.entries({ onProgress, onLog })) {
    if (listener !== undefined && typeof listener !== 'function') throw wrong(`${name}: expected a function`);
  }
}
