/** From an ONNX model to a session: by ONNX Runtime on the CPU, by an engine that is built of it on a GPU. */

import type { BackendSession } from '../backends/backend-session.js';
import { openNativeSession } from '../backends/onnxruntime/native-backend.js';
import { openWorkerSession } from '../backends/onnxruntime/worker-backend.js';
import type { Profile } from '../engine/profile.js';
import { resolveProfiles } from '../engine/profiles.js';
import { EngineryError } from '../errors.js';
import type { ModelInfo } from '../onnx/model-info.js';
import { readModel } from '../onnx/read-model.js';
import type { ElementType } from '../tensor/element-type.js';
import { buildForGpu, checkBuildable } from './build-for-gpu.js';
import { type ChosenBackend, chooseBackend } from './choose.js';
import { concurrencyOf } from './concurrency.js';
import type { CheckedOptions } from './create-session.js';
import { declaredProfiles, engineOptionsOf } from './engine-options.js';
import { checkGpuOptions } from './gpu-options.js';
import { loadEngine } from './load-engine.js';

/** What was loaded, and what is known of it. */
export interface Opened {
  readonly backend: ChosenBackend;
  readonly loaded: BackendSession;
  /** As `SessionBackend` has it. */
  readonly standIn: string | null;
  /** Inputs and outputs as the model or the manifest declares them. */
  readonly declared: {
    readonly inputs: readonly DeclaredValue[];
    readonly outputs: readonly DeclaredValue[];
  };
  /** Bounds of the feeds. */
  readonly profiles: readonly Profile[];
}

/** An input or output, as a model or a manifest has it. */
export interface DeclaredValue {
  readonly name: string;
  readonly kind?: ModelInfo['inputs'][number]['kind'];
  readonly dims: readonly (number | string | null)[] | null;
}

const OPEN = { native: openNativeSession, worker: openWorkerSession };

/** Opens a model. */
export async function openModel(model: string | Uint8Array, options: CheckedOptions): Promise<Opened> {
  // Read first: our reader says more of a broken file than a runtime does, and checks where external data lies.
  const info = await readModel(model);
  const engine = await engineOptionsOf(model, options.engine);
  const profiles = declaredProfiles(info, engine);
  const { backend, gpu } = await chooseBackend(options.backend, {
    device: options.device,
    path: engine.library,
    allowUntested: engine.allowUntested,
    targets: engine.targets,
    fits: async (candidate) => {
      checkBuildable(engine, candidate);
      checkGpuOptions(options, candidate, engine.weightStreaming === true);
    },
  });
  options.signal?.throwIfAborted();
  if (gpu === null) {
    const loaded = await loadModel(backend, model, info, options);
    return { backend, loaded, standIn: null, declared: info, profiles };
  }
  for (const warning of resolveProfiles(info.inputs, engine.profiles).warnings) {
    process.emitWarning(warning, { type: 'EngineryProfile', code: 'ENGINERY_INVALID_PROFILE' });
  }
  const built = await buildForGpu(model, engine, gpu, options.signal);
  const loaded = await loadEngine(built, gpu, options);
  return { backend, loaded, standIn: null, declared: info, profiles: built.manifest.profiles };
}

/** Loads a model on the CPU. */
export async function loadModel(
  { name, implementation, library }: ChosenBackend,
  model: string | Uint8Array,
  info: ModelInfo,
  options: CheckedOptions,
): Promise<BackendSession> {
  const maxConcurrent = concurrencyOf(options, name);
  const { profile } = options;
  const onnxruntime =
    profile === undefined ? options.onnxruntime : { ...options.onnxruntime, profileFilePrefix: profile };
  return OPEN[implementation](library, { ...options, model, maxConcurrent, onnxruntime }).catch((error: unknown) => {
    throw withTypes(error, info.elementTypes);
  });
}

/** ONNX Runtime names the node that it does not implement, and not the type, which is often why. */
function withTypes(error: unknown, types: readonly ElementType[]): unknown {
  if (!(error instanceof EngineryError) || !error.message.startsWith('Could not find an implementation')) return error;
  return new EngineryError(error.code, `${error.message}; the model's element types are ${types.join(', ')}`, {
    details: { ...error.details, elementTypes: types },
    cause: error,
  });
}
