/** Building an engine from an ONNX model. */

import { basename, resolve } from 'node:path';
import { buildPlan, type PlanBuildHooks, setConcurrency } from '../backends/tensorrt/builder.js';
import { EngineryError } from '../errors.js';
import { resolveTensorRT } from '../libraries/resolve.js';
import { digestFile, digestModel, warmDigest } from '../onnx/digest.js';
import { readModelInfo } from '../onnx/model-info.js';
import { buildError } from './build-errors.js';
import { describeBuild } from './build-manifest.js';
import { resolveSettings } from './option-table.js';
import type { BuildOptions, BuildResult } from './options.js';
import { checkPrecision } from './precision.js';
import { resolveProfiles } from './profiles.js';
import { trackProgress } from './progress.js';
import { checkOutput, discard, publish, temporaryPath } from './publish.js';
import { followSignal, type Stop, untilAborted } from './stop.js';

/**
 * Builds a TensorRT engine from an ONNX model, on a thread of its own; TensorRT-RTX needs no GPU for it.
 *
 * @param model path of an ONNX file, with its external data beside it, or the file's bytes
 * @param options see {@link BuildOptions}; only `output` is required
 * @returns where the engine is, its digest, and the manifest that was written beside it
 * @throws EngineryError
 * - about the arguments: `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_INVALID_OPTION`, `ENGINERY_OPTION_UNSUPPORTED`,
 *   `ENGINERY_OPTION_REFUSED`, `ENGINERY_INVALID_PROFILE`, `ENGINERY_PRECISION_MISMATCH`;
 * - about files: `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, `ENGINERY_INVALID_MODEL`,
 *   `ENGINERY_EXTERNAL_DATA`, `ENGINERY_OUTPUT_UNWRITABLE`, `ENGINERY_DISK_FULL`;
 * - about this machine: `ENGINERY_LIBRARY_NOT_FOUND`, `ENGINERY_LIBRARY_UNSUPPORTED`, `ENGINERY_NATIVE_UNAVAILABLE`,
 *   `ENGINERY_GPU_REQUIRED`;
 * - about the build: `ENGINERY_PARSE_FAILED`, with `details.errors`; `ENGINERY_BUILD_FAILED`, with `details.log`.
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
export async function buildEngine(model: string | Uint8Array, options: BuildOptions): Promise<BuildResult> {
  const started = performance.now();
  checkArguments(model, options);
  const stop = followSignal(options.signal);
  try {
    return await build(model, options, stop, started);
  } catch (error) {
    // What was interrupted may fail in its own way first: the reason is what the caller wants to know.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    stop.release();
  }
}

/**
 * Sets how many builds run at the same time in this process. The rest wait their turn. By default one: a build takes the
 * memory of several copies of the weights.
 *
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_NATIVE_UNAVAILABLE`
 */
export function setBuildConcurrency(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > 1024) {
    throw new EngineryError(
      'ENGINERY_INVALID_ARGUMENT',
      `Expected a whole number of builds from 1, got ${String(count)}`,
    );
  }
  setConcurrency(count);
}

async function build(
  model: string | Uint8Array,
  options: BuildOptions,
  stop: Stop,
  started: number,
): Promise<BuildResult> {
  const { signal } = stop;
  signal.throwIfAborted();
  warmDigest();
  const progress = trackProgress(stop.guard(options.onProgress));
  progress.enter('Reading the model');
  const output = resolve(options.output);
  const source = typeof model === 'string' ? resolve(model) : model;

  const [info, library] = await Promise.all([
    readModelInfo(model),
    resolveTensorRT({ path: options.library, allowUntested: options.allowUntested }),
    checkOutput(options.output, typeof model === 'string' ? model : undefined),
  ]);
  const settings = resolveSettings(options, library.family, library.version);
  const profiles = resolveProfiles(info.inputs, options.profiles);
  checkPrecision(info, options.precision, typeof model === 'string' ? basename(model) : undefined);
  signal.throwIfAborted();

  const digesting = digestModel(source, { signal, externalFiles: info.externalFiles });
  digesting.catch(() => {}); // Awaited below, unless the build fails first.
  const subject = {
    model: typeof model === 'string' ? model : 'the model',
    library: `${library.product === 'tensorrt-rtx' ? 'TensorRT-RTX' : 'TensorRT'} ${library.version}`,
    options: settings.resolved,
  };
  const plan = temporaryPath(output);
  try {
    const hooks: PlanBuildHooks = {
      signal,
      onProgress: options.onProgress && ((event) => progress.take(event)),
      onLog: options.onLog && stop.guard(options.onLog),
      toError: (error) => buildError(error, subject),
    };
    const request = { library, model: source, output: plan, profiles: profiles.profiles.length };
    const built = await untilAborted(
      buildPlan({ ...request, ranges: profiles.ranges, settings: settings.settings }, hooks),
      signal,
      () => discard(plan),
    );
    progress.enter('Writing the engine');
    const [planDigest, modelDigest] = await Promise.all([digestFile(plan, { signal }), digesting]);
    signal.throwIfAborted();
    const seconds = (performance.now() - started) / 1000;
    const manifest = describeBuild({
      model: source,
      options,
      output,
      info,
      library,
      settings,
      profiles,
      built,
      planDigest,
      modelDigest,
      seconds,
    });
    await publish(plan, output, `${JSON.stringify(manifest, null, 2)}\n`);
    progress.finish();
    const { warnings } = manifest;
    return { path: options.output, ...planDigest, seconds, cached: false, warnings, manifest };
  } catch (error) {
    await discard(plan);
    throw error;
  }
}

function checkArguments(model: unknown, options: unknown): asserts options is BuildOptions {
  const wrong = (message: string): EngineryError => new EngineryError('ENGINERY_INVALID_ARGUMENT', message);
  if (!(model instanceof Uint8Array) && (typeof model !== 'string' || model === '' || model.includes('\0'))) {
    throw wrong('model: expected the path of an ONNX file, or its bytes as a Uint8Array');
  }
  if (typeof options !== 'object' || options === null) throw wrong("options: expected an object with 'output'");
  const { output, library, signal, onProgress, onLog } = options as Record<keyof BuildOptions, unknown>;
  if (typeof output !== 'string' || output === '' || output.includes('\0')) {
    throw wrong('output: expected the path of the engine file to write');
  }
  if (library !== undefined && typeof library !== 'string') throw wrong('library: expected a path');
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrong('signal: expected an AbortSignal');
  for (const [name, listener] of Object.entries({ onProgress, onLog })) {
    if (listener !== undefined && typeof listener !== 'function') throw wrong(`${name}: expected a function`);
  }
}
