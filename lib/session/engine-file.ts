/** Opening an engine file: whether it may be loaded, what it runs on, and which model stands in for it on the CPU. */

import { dirname, join, posix, sep } from 'node:path';
import type { BackendName } from '../backends/backend-session.js';
import { knownModel } from '../engine/cache/known-model.js';
import { inspect } from '../engine/inspect.js';
import type { EngineInspection } from '../engine/inspect-file.js';
import { isPlanPath, looksLikePlan } from '../engine/plan-header.js';
import type { Profile } from '../engine/profile.js';
import { EngineryError } from '../errors.js';
import type { ModelInfo } from '../onnx/model-info.js';

/** An engine that may be loaded. */
export interface EngineFile {
  readonly inspection: EngineInspection;
  /** The backend that it was built for. */
  readonly backend: BackendName;
  readonly profiles: readonly Profile[];
}

/** The model that stands in for an engine. */
export interface ModelBehind {
  readonly model: string;
  readonly info: ModelInfo;
}

/** Whether a model is a TensorRT plan, by its name or, of bytes, its beginning. */
export function isEngine(model: string | Uint8Array): boolean {
  return typeof model === 'string' ? isPlanPath(model) : model instanceof Uint8Array && looksLikePlan(model);
}

/**
 * Looks at an engine file. A plan can hold code: one without our manifest is loaded only on the caller's word.
 *
 * @throws EngineryError `ENGINERY_UNTRUSTED_PLAN`, `ENGINERY_INVALID_MANIFEST`, `ENGINERY_INVALID_PLAN`,
 * `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, `ENGINERY_INVALID_ARGUMENT` for bytes
 */
export async function openEngine(path: string | Uint8Array, trust: boolean): Promise<EngineFile> {
  if (typeof path !== 'string') {
    throw new EngineryError(
      'ENGINERY_INVALID_ARGUMENT',
      'An engine is opened by its path: its manifest lies beside it',
    );
  }
  const inspection = await inspect(path);
  if (inspection.kind !== 'engine') throw new EngineryError('ENGINERY_INVALID_PLAN', `${path} is an ONNX model`);
  const { product, manifest } = inspection;
  if (manifest === null && !trust) {
    throw new EngineryError('ENGINERY_UNTRUSTED_PLAN', `${path} has no manifest of ours: nobody says who built it`, {
      details: { path },
    });
  }
  return { inspection, backend: product, profiles: manifest?.profiles ?? [] };
}

/**
 * The model that an engine was built of, for machines that cannot run the engine.
 *
 * @throws EngineryError `ENGINERY_BACKEND_UNAVAILABLE` where the engine does not lead to it, `ENGINERY_FILE_NOT_FOUND` where it is
 * gone, `ENGINERY_MODEL_CHANGED` where it is another one now
 */
export async function modelBehind(
  { inspection: { path, manifest } }: EngineFile,
  signal: AbortSignal | undefined,
): Promise<ModelBehind> {
  if (manifest === null) throw noModel(`${path} has no manifest, which would name its model`);
  if (manifest.model.path === null) throw noModel(`${path} was built of a model that was given as bytes`);
  const model = join(dirname(path), manifest.model.path.split(posix.sep).join(sep));
  const { info, sha256 } = await knownModel(model, signal).catch((error: unknown) => {
    if (!(error instanceof EngineryError) || error.code !== 'ENGINERY_FILE_NOT_FOUND') throw error;
    throw new EngineryError('ENGINERY_FILE_NOT_FOUND', `${model}, which ${path} was built of, does not exist`, {
      hint: 'Put the model where the manifest says, or run the engine on a machine with the GPU that it was built for.',
      cause: error,
    });
  });
  if (sha256 === manifest.model.sha256) return { model, info };
  throw new EngineryError('ENGINERY_MODEL_CHANGED', `${model} is not the model any more that ${path} was built of`, {
    details: { model, engine: path, expected: manifest.model.sha256, actual: sha256 },
  });
}

function noModel(message: string): EngineryError {
  return new EngineryError('ENGINERY_BACKEND_UNAVAILABLE', message, {
    hint: 'Open the ONNX model instead, or run the engine on a machine with the GPU that it was built for.',
  });
}
