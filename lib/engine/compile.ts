/** From a prepared build to a plan on disk and its manifest. */

import { buildPlan, type PlanBuildHooks } from '../backends/tensorrt/builder.js';
import type { Stop } from '../libraries/stop.js';
import { isUntested } from '../libraries/verdict.js';
import { digestFile } from '../onnx/digest.js';
import type { ModelDigest } from '../onnx/digest-model.js';
import { buildError } from './build-errors.js';
import { describeBuild } from './build-manifest.js';
import type { Manifest } from './manifest.js';
import { type PreparedBuild, titleOf } from './prepare.js';
import type { ProgressTracker } from './progress.js';
import { syncFile } from './temporary-file.js';

/** Where a build goes, and what it tells on its way. */
export interface Compilation {
  /** The plan is written here. Must not exist. */
  readonly plan: string;
  /** Where the plan will be in the end. */
  readonly output: string;
  readonly modelDigest: Promise<ModelDigest>;
  /** Of `performance.now()`, when the caller was asked. */
  readonly started: number;
  readonly progress: ProgressTracker;
  readonly stop: Stop;
}

/** A plan on its way to its place. */
export interface Compiled {
  readonly manifest: Manifest;
  /** Fulfilled when the plan is on disk. */
  readonly synced: Promise<void>;
}

/** Builds. */
export async function compile(
  build: PreparedBuild,
  { plan, output, modelDigest, started, progress, stop }: Compilation,
): Promise<Compiled> {
  const { model, library, options, settings, profiles } = build;
  const { signal } = stop;
  const subject = {
    model: typeof model === 'string' ? model : 'the model',
    library: titleOf(library),
    options: settings.resolved,
  };
  const hooks: PlanBuildHooks = {
    signal,
    onProgress: options.onProgress && ((event) => progress.take(event)),
    onLog: options.onLog && stop.guard(options.onLog),
    toError: (error) => buildError(error, subject),
  };
  const builder = options.isolate
    ? (await import('../backends/tensorrt/isolated-builder.js')).buildPlanInChild
    : buildPlan;
  const built = await builder(
    {
      library,
      model,
      output: plan,
      timingCache: settings.resolved.timingCache as string | undefined,
      profiles: profiles.profiles.length,
      ranges: profiles.ranges,
      settings: settings.settings,
    },
    hooks,
  );
  progress.enter('Writing the engine');
  const synced = syncFile(plan);
  synced.catch(() => {}); // Awaited by the caller, unless something else fails first.
  const [planDigest, digest] = await Promise.all([digestFile(plan, { signal }), modelDigest]);
  signal.throwIfAborted();
  const seconds = (performance.now() - started) / 1000;
  const warnings = isUntested(library.family, library.version)
    ? [`${titleOf(library)} is newer than the versions this package was made for`]
    : [];
  const manifest = describeBuild({ ...build, warnings, output, built, planDigest, modelDigest: digest, seconds });
  return { manifest, synced };
}

/** A manifest as it is written. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
