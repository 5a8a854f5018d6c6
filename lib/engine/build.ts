/** From a model and options to an engine file and its manifest, where the caller wants them. */

import { resolve } from 'node:path';
import type { ResolvedTensorRT } from '../libraries/resolve.js';
import type { Stop } from '../libraries/stop.js';
import { digest, warmDigest } from '../onnx/digest.js';
import { readModel } from '../onnx/read-model.js';
import { compile, manifestText } from './compile.js';
import type { BuildOptions, BuildResult } from './options.js';
import { prepare } from './prepare.js';
import { trackProgress } from './progress.js';
import { checkOutput, publish } from './publish.js';
import { discard, temporaryFile, writeTemporary } from './temporary-file.js';

/** Builds with checked arguments; see {@link buildEngine}. */
export async function build(
  model: string | Uint8Array,
  options: BuildOptions & { readonly output: string },
  opening: Promise<ResolvedTensorRT>,
  stop: Stop,
): Promise<BuildResult> {
  const started = performance.now();
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
  const prepared = prepare(source, info, library, options);
  signal.throwIfAborted();

  const modelDigest = digest(source, { signal, externalFiles: info.externalFiles });
  modelDigest.catch(() => {}); // Awaited once there is a plan, unless the build fails first.
  const plan = temporaryFile(output);
  let manifestFile: string | undefined;
  try {
    const { manifest, synced } = await compile(prepared, { plan, output, modelDigest, started, progress, stop });
    manifestFile = await writeTemporary(output, manifestText(manifest));
    await synced;
    await publish(plan, manifestFile, output);
    progress.finish();
    const { warnings, seconds } = manifest;
    return { path: options.output, ...manifest.plan, seconds, cached: false, warnings, manifest };
  } finally {
    await Promise.all([discard(plan), manifestFile && discard(manifestFile)]);
  }
}
