/** From a model and options to an engine file and its manifest. */

import { basename, resolve } from 'node:path';
import { buildPlan, type PlanBuildHooks } from '../backends/tensorrt/builder.js';
import type { ResolvedTensorRT } from '../libraries/resolve.js';
import { followSignal, type Stop } from '../libraries/stop.js';
import { digest, digestFile, warmDigest } from '../onnx/digest.js';
import { readModel } from '../onnx/read-model.js';
import { buildError } from './build-errors.js';
import { describeBuild } from './build-manifest.js';
import { resolveSettings } from './option-table.js';
import type { BuildOptions, BuildResult } from './options.js';
import { checkPrecision } from './precision.js';
import { resolveProfiles } from './profiles.js';
import { trackProgress } from './progress.js';
import { checkOutput, publish } from './publish.js';
import { discard, syncFile, temporaryFile, writeTemporary } from './temporary-file.js';

/** Builds with checked arguments; see {@link buildEngine}. */
export async function build(
  model: string | Uint8Array,
  options: BuildOptions,
  opening: Promise<ResolvedTensorRT>,
): Promise<BuildResult> {
  const started = performance.now();
  const stop = followSignal(options.signal);
  try {
    return await buildUntilStopped(model, options, opening, stop, started);
  } catch (error) {
    // What was interrupted may fail in its own way first: the reason is what the caller wants to know.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    stop.release();
  }
}

async function buildUntilStopped(
  model: string | Uint8Array,
  options: BuildOptions,
  opening: Promise<ResolvedTensorRT>,
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
    readModel(model),
    opening,
    checkOutput(options.output, typeof model === 'string' ? model : undefined),
  ]);
  const settings = resolveSettings(options, library.family, library.version);
  const profiles = resolveProfiles(info.inputs, options.profiles);
  checkPrecision(info, options.precision, typeof model === 'string' ? basename(model) : undefined);
  signal.throwIfAborted();

  const digesting = digest(source, { signal, externalFiles: info.externalFiles });
  digesting.catch(() => {}); // Awaited below, unless the build fails first.
  const subject = {
    model: typeof model === 'string' ? model : 'the model',
    library: `${library.product === 'tensorrt-rtx' ? 'TensorRT-RTX' : 'TensorRT'} ${library.version}`,
    options: settings.resolved,
  };
  const plan = temporaryFile(output);
  let manifestFile: string | undefined;
  try {
    const hooks: PlanBuildHooks = {
      signal,
      onProgress: options.onProgress && ((event) => progress.take(event)),
      onLog: options.onLog && stop.guard(options.onLog),
      toError: (error) => buildError(error, subject),
    };
    const request = { library, model: source, output: plan, profiles: profiles.profiles.length };
    const built = await buildPlan({ ...request, ranges: profiles.ranges, settings: settings.settings }, hooks);
    progress.enter('Writing the engine');
    const syncing = syncFile(plan);
    syncing.catch(() => {}); // Awaited below, unless something else fails first.
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
    manifestFile = await writeTemporary(output, `${JSON.stringify(manifest, null, 2)}\n`);
    await syncing;
    await publish(plan, manifestFile, output);
    progress.finish();
    const { warnings } = manifest;
    return { path: options.output, ...planDigest, seconds, cached: false, warnings, manifest };
  } finally {
    await Promise.all([discard(plan), manifestFile && discard(manifestFile)]);
  }
}
