/** What is in a model or an engine file: the public function. What it does is loaded when it is first called. */

import type { ModelInfo } from '../onnx/model-info.js';
import type { Manifest } from './manifest-fields.js';
import type { PlanHeader } from './plan-header.js';

/** What {@link inspectFile} gives for an ONNX file. */
export interface ModelInspection extends ModelInfo {
  readonly kind: 'model';
  readonly path: string;
}

/** What {@link inspectFile} gives for an engine file. */
export interface EngineInspection extends PlanHeader {
  readonly kind: 'engine';
  readonly path: string;
  /** Of the plan, hex. */
  readonly sha256: string;
  /** Null where no manifest lies beside the engine: another program built it. */
  readonly manifest: Manifest | null;
}

/** What {@link inspectFile} gives. */
export type Inspection = ModelInspection | EngineInspection;

/**
 * Tells what is in an ONNX file or an engine file. Weights are not read, no library is loaded, nothing of a plan is run.
 *
 * @param path of the file; its first bytes say which of the two it is
 * @returns `kind` tells which. Of an engine: who made the plan, and the manifest beside it, which must describe this very plan.
 * @throws EngineryError `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, `ENGINERY_INVALID_ARGUMENT`; of a model
 * `ENGINERY_INVALID_MODEL`, `ENGINERY_EXTERNAL_DATA`; of an engine `ENGINERY_INVALID_PLAN`, `ENGINERY_INVALID_MANIFEST`.
 * @example
 * ```ts
 * const it = await inspectFile('digits.engine');
 * if (it.kind === 'engine') console.log(it.product, it.version, it.manifest?.targets.architectures);
 * else console.log(it.inputs, it.operators);
 * ```
 */
export async function inspectFile(path: string): Promise<Inspection> {
  const { inspect } = await import('./inspect.js');
  return inspect(path);
}
