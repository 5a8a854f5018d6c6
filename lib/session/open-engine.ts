/** From an engine file to a session: it runs where it was built for; elsewhere the model behind it does, within its bounds. */

import type { EngineOptions } from '../engine/options.js';
import { EngineryError, messageOf } from '../errors.js';
import { architectureOf } from '../libraries/architectures.js';
import { buildForGpu, checkBuildable } from './build-for-gpu.js';
import { chooseBackend } from './choose.js';
import type { CheckedOptions } from './create-session.js';
import { type EngineFile, type ModelBehind, modelBehind, openEngine } from './engine-file.js';
import { versionFits, whatDiffers } from './engine-fit.js';
import { checkEngineOptions, type SessionEngineOptions } from './engine-options.js';
import type { Gpu } from './gpu.js';
import { checkGpuOptions } from './gpu-options.js';
import { type LoadableEngine, loadEngine, profilesOf } from './load-engine.js';
import { loadModel, type Opened } from './open-model.js';

/** Opens an engine file. */
export async function openEngineFile(path: string | Uint8Array, options: CheckedOptions): Promise<Opened> {
  const engine = await openEngine(path, options.trust);
  const { inspection } = engine;
  const given = checkEngineOptions(options.engine);
  // Every way to run ONNX Runtime asks for it, and the digest of a large model takes long.
  let found: Promise<ModelBehind> | undefined;
  const behind = (): Promise<ModelBehind> => (found ??= modelBehind(engine, options.signal));
  // As it was built, but for this GPU; an error where it must not, or cannot, be built.
  const rebuildOptions = async (differs: string, on: Gpu): Promise<SessionEngineOptions> => {
    await requireRebuild(engine, given, differs, behind);
    const rebuilt = { ...givenBefore(engine, on), ...given };
    checkBuildable(rebuilt, on);
    return rebuilt;
  };
  const { backend, gpu } = await chooseBackend(options.backend, {
    device: options.device,
    path: given.library,
    allowUntested: given.allowUntested,
    targets: inspection.manifest?.targets.architectures,
    prefers: (version) => versionFits(inspection, version),
    suits: async (name) => {
      if (name === 'onnxruntime') await behind();
      else if (name !== engine.backend) {
        throw new EngineryError(
          'ENGINERY_BACKEND_UNAVAILABLE',
          `The engine was built for ${engine.backend}, not ${name}`,
        );
      }
    },
    fits: async (candidate) => {
      const differs = whatDiffers(inspection, candidate);
      const { manifest } = inspection;
      const runs = differs === null ? manifest?.options.resolved : await rebuildOptions(differs, candidate);
      checkGpuOptions(options, candidate, runs && runs.weightStreaming === true);
    },
  });
  options.signal?.throwIfAborted();
  if (gpu === null) {
    const { model, info } = await behind();
    const loaded = await loadModel(backend, model, info, options);
    return { backend, loaded, standIn: model, declared: info, profiles: engine.profiles };
  }
  const rebuild = async (differs: string): Promise<LoadableEngine> => {
    const rebuilt = await rebuildOptions(differs, gpu);
    const { model } = await behind();
    process.emitWarning(`${inspection.path} cannot run here: ${differs}. An engine is built of ${model} in its place`, {
      type: 'EngineryRebuild',
      code: 'ENGINERY_ENGINE_MISMATCH',
    });
    return buildForGpu(model, rebuilt, gpu, options.signal);
  };
  const differs = whatDiffers(inspection, gpu);
  const [source, loaded] = await loadOrRebuild(differs === null ? inspection : await rebuild(differs), rebuild, (it) =>
    loadEngine(it, gpu, options),
  );
  const { manifest } = source;
  const standIn = source === inspection ? null : (await behind()).model;
  const declared = manifest ?? { inputs: [], outputs: [] };
  return { backend, loaded, standIn, declared, profiles: profilesOf(loaded, manifest) };
}

/** What cannot be told beforehand, TensorRT says when it loads an engine. */
async function loadOrRebuild<T>(
  engine: LoadableEngine,
  rebuild: (differs: string) => Promise<LoadableEngine>,
  load: (engine: LoadableEngine) => Promise<T>,
): Promise<[LoadableEngine, T]> {
  try {
    return [engine, await load(engine)];
  } catch (error) {
    if (!(error instanceof EngineryError) || error.code !== 'ENGINERY_ENGINE_MISMATCH') throw error;
    const rebuilt = await rebuild(error.message);
    if (rebuilt.path === engine.path) throw error;
    return [rebuilt, await load(rebuilt)];
  }
}

/** @throws EngineryError `ENGINERY_ENGINE_MISMATCH` where an engine that does not fit cannot be built again */
async function requireRebuild(
  { inspection }: EngineFile,
  { build }: SessionEngineOptions,
  differs: string,
  behind: () => Promise<ModelBehind>,
): Promise<void> {
  const mismatch = (why: string, cause?: unknown): EngineryError =>
    new EngineryError('ENGINERY_ENGINE_MISMATCH', `${inspection.path} cannot run here: ${differs}; ${why}`, { cause });
  if (build === 'never') throw mismatch("engine.build is 'never'");
  await behind().catch((error: unknown) => {
    if (!(error instanceof EngineryError)) throw error;
    throw mismatch(`it cannot be built again: ${messageOf(error)}`, error);
  });
}

/** What it was built with, but for this GPU. */
function givenBefore({ inspection, profiles }: EngineFile, { device }: Gpu): SessionEngineOptions {
  const before = (inspection.manifest?.options.given ?? {}) as EngineOptions;
  const own = architectureOf(device.computeCapability) as NonNullable<EngineOptions['targets']>[number];
  const targets = before.targets === undefined ? undefined : [own];
  return { ...before, profiles, targets };
}
