/** Looking into a model or an engine file. */

import { EngineryError } from '../errors.js';
import { digestFile } from '../onnx/digest.js';
import { fileError, openFile } from '../onnx/open-file.js';
import { readModel } from '../onnx/read-model.js';
import type { EngineInspection, Inspection } from './inspect-file.js';
import { readManifestOf } from './manifest.js';
import { isPlanPath, looksLikePlan, readPlanHeader } from './plan-header.js';

/** Tells a plan from a model by the first bytes, or by the name where they are of neither; see {@link inspectFile}. */
export async function inspect(path: string): Promise<Inspection> {
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
  return looksLikePlan(start) || isPlanPath(path)
    ? inspectEngine(path)
    : { kind: 'model', path, ...(await readModel(path)) };
}

async function inspectEngine(path: string): Promise<EngineInspection> {
  const header = await readPlanHeader(path);
  const { sha256 } = await digestFile(path);
  return { kind: 'engine', path, ...header, sha256, manifest: await readManifestOf(path, sha256) };
}
