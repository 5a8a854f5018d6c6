/** What is in a model or an engine file, as plain objects. */

import { EngineryError } from '../errors.js';
import { digestFile } from '../onnx/digest.js';
import { type ModelInfo, readModelInfo } from '../onnx/model-info.js';
import { fileError, openFile } from '../onnx/open-file.js';
import { type Manifest, readManifestOf } from './manifest.js';
import { looksLikePlan, type PlanHeader, readPlanHeader } from './plan-header.js';

/** What {@link inspectModel} gives. */
export interface ModelInspection extends ModelInfo {
  readonly kind: 'model';
  readonly path: string;
}

/** What {@link inspectEngine} gives. */
export interface EngineInspection extends PlanHeader {
  readonly kind: 'engine';
  readonly path: string;
  /** Of the plan, hex. */
  readonly sha256: string;
  /** Null where no manifest lies beside the engine: another program built it. */
  readonly manifest: Manifest | null;
}

export type Inspection = ModelInspection | EngineInspection;

/**
 * Tells what is in an ONNX file. Weights are not read.
 *
 * @param path - The ONNX file.
 * @throws EngineryError as `readModelInfo` does.
 * @example
 * ```ts
 * const { inputs, operators } = await inspectModel('digits.onnx');
 * ```
 */
export async function inspectModel(path: string): Promise<ModelInspection> {
  return { kind: 'model', path, ...(await readModelInfo(path)) };
}

/**
 * Tells what is in an engine file: who made the plan, and the manifest beside it, which must describe this very plan.
 * No library is loaded and nothing of the plan is run.
 *
 * @param path - The engine file.
 * @throws EngineryError `ENGINERY_INVALID_PLAN`, `ENGINERY_INVALID_MANIFEST`, `ENGINERY_FILE_NOT_FOUND`,
 * `ENGINERY_FILE_UNREADABLE`.
 * @example
 * ```ts
 * const { product, version, manifest } = await inspectEngine('digits.engine');
 * ```
 */
export async function inspectEngine(path: string): Promise<EngineInspection> {
  const header = await readPlanHeader(path);
  const { sha256 } = await digestFile(path);
  return { kind: 'engine', path, ...header, sha256, manifest: await readManifestOf(path, sha256) };
}

/**
 * Tells what is in a file, by its first bytes: those of a plan, or else a model.
 *
 * @throws EngineryError as {@link inspectModel} and {@link inspectEngine} do.
 */
export async function inspectFile(path: string): Promise<Inspection> {
  const { handle } = await openFile(
    path,
    (what) => new EngineryError('ENGINERY_INVALID_ARGUMENT', `${path} is ${what}, neither a model nor an engine`),
  );
  const start = Buffer.alloc(4);
  try {
    await handle.read(start, 0, start.length, 0);
  } catch (error) {
    throw fileError(path, error);
  } finally {
    await handle.close();
  }
  return looksLikePlan(start) || /\.(engine|plan)$/.test(path) ? inspectEngine(path) : inspectModel(path);
}
