/** Types from a model or an engine: reads what it takes and gives, and chooses the interface's name. */

import { basename } from 'node:path';
import { inspect } from '../engine/inspect.js';
import type { EngineInspection } from '../engine/inspect-file.js';
import { type ManifestValue, manifestPath } from '../engine/manifest.js';
import { looksLikePlan } from '../engine/plan-header.js';
import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { readModel } from '../onnx/read-model.js';
import { isElementType } from '../tensor/element-type.js';
import type { TypesOptions } from './types-of.js';
import { type TypedValues, USED_TYPES, writeTypes } from './write-types.js';

/** Reads the model and writes; see {@link typesOf}. */
export async function readTypes(model: string | Uint8Array, { name }: TypesOptions): Promise<string> {
  if (name !== undefined) checkName(name);
  const file = typeof model === 'string' ? basename(model) : undefined;
  const values = await (typeof model === 'string' ? valuesOfFile(model) : valuesOfBytes(model));
  return writeTypes(values, { name: name ?? interfaceName(file ?? ''), file });
}

async function valuesOfFile(path: string): Promise<TypedValues> {
  const found = await inspect(path);
  return found.kind === 'model' ? found : valuesOfEngine(found);
}

async function valuesOfBytes(model: Uint8Array): Promise<TypedValues> {
  if (!(model instanceof Uint8Array && looksLikePlan(model))) return readModel(model);
  throw new EngineryError(
    'ENGINERY_INVALID_ARGUMENT',
    'Types of an engine come from the manifest beside it: give its path',
  );
}

/** Only the manifest knows: to ask the plan itself, TensorRT would have to load it. */
function valuesOfEngine({ path, manifest }: EngineInspection): TypedValues {
  if (manifest === null) {
    throw new EngineryError(
      'ENGINERY_FILE_NOT_FOUND',
      `${path} has no manifest, which would say what it takes and gives`,
      {
        hint: 'Build the engine with enginery, or write the types of the ONNX model that it was built of.',
        details: { path: manifestPath(path) },
      },
    );
  }
  const declared = (value: ManifestValue): ValueInfo => declaredValue(value, path);
  return { inputs: manifest.inputs.map(declared), outputs: manifest.outputs.map(declared) };
}

/** A manifest can be edited: a type goes into the text only where it is one. */
function declaredValue({ name, type, dims }: ManifestValue, engine: string): ValueInfo {
  if (type !== null && isElementType(type)) return { name, kind: 'tensor', type, dims };
  const path = manifestPath(engine);
  throw new EngineryError('ENGINERY_INVALID_MANIFEST', `${path}: the element type ${type} of "${name}" is unknown`, {
    hint: 'Build the engine again.',
    details: { path },
  });
}

/** `ppocr-v4.det.onnx` gives `PpocrV4Det`, and a name without Latin letters `Model`: every compiler takes it. */
export function interfaceName(file: string): string {
  const stem = file.replace(/\.[^.]*$/, '');
  const words = stem
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .split(/[^A-Za-z0-9]+/);
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  if (USED_TYPES.includes(name)) return `${name}Model`;
  return /^[A-Z]/.test(name) ? name : `Model${name}`;
}

function checkName(name: unknown): void {
  // No word of the language, and none of its own types, starts with a capital letter.
  const isName = typeof name === 'string' && /^[A-Z_$][\w$]*$/.test(name);
  if (isName && !USED_TYPES.includes(name)) return;
  const why = isName ? 'which the file uses already' : 'expected an identifier with a capital letter, such as Digits';
  throw new EngineryError('ENGINERY_INVALID_OPTION', `name is ${JSON.stringify(name)}, ${why}`);
}
