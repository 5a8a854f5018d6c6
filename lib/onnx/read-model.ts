/** Reading an ONNX model: from bytes to what it says of itself. */

import { EngineryError } from '../errors.js';
import { type ElementType, elementTypeOf } from '../tensor/element-type.js';
import { type ExternalFile, findExternalFiles } from './external-data.js';
import type { ModelInfo } from './model-info.js';
import { type ModelFacts, modelReader, noFacts } from './model-reader.js';
import { invalidModel, type ModelSource, openModel } from './model-source.js';
import { type MessageReader, walk } from './wire.js';

/** Reads with a path or bytes; see {@link readModelInfo}. */
export async function readModel(model: string | Uint8Array): Promise<ModelInfo> {
  const source = await openModel(model);
  try {
    const facts = noFacts();
    await walkModel(source, facts, modelReader(source, facts));
    const externalFiles = await findExternalFiles(source.name, source.path, facts.external);
    return toInfo(source, facts, externalFiles);
  } finally {
    await source.close();
  }
}

/**
 * Walks a model's file and checks that it is an ONNX model.
 *
 * @param facts - What `reader` gathers on the way.
 */
export async function walkModel(
  source: ModelSource,
  facts: { readonly irVersion: number; readonly graph: unknown; readonly opsets: readonly unknown[] },
  reader: MessageReader,
): Promise<void> {
  if (source.size === 0) throw invalidModel(source.name, 'is empty');
  await source.load(0, 1);
  const start = Buffer.from(source.window.subarray(0, 64));
  try {
    await walk(source, reader);
  } catch (error) {
    // Whatever goes wrong before the first field of every ONNX file is no damage to a model.
    const stranger = error instanceof EngineryError && error.code === 'ENGINERY_INVALID_MODEL' && facts.irVersion === 0;
    throw stranger ? notOnnx(source, start) : error;
  }
  if (facts.irVersion < 1) throw notOnnx(source, start);
  if (facts.graph === null) throw invalidModel(source.name, 'has no graph: it was cut short, or is no ONNX model');
  // Operator sets came with IR version 3.
  if (facts.irVersion >= 3 && facts.opsets.length === 0) {
    throw invalidModel(source.name, 'does not say which operator sets it uses: it was cut short, or is no ONNX model');
  }
}

/** What other files that end up in place of a model start with. */
const STRANGERS: readonly (readonly [at: number, text: string, what: string, hint: string])[] = [
  [0, 'version https://git-lfs', 'is a Git LFS pointer, not the model itself', 'Run `git lfs pull`.'],
  [0, 'PK\x03\x04', 'is a zip archive, not an ONNX model', 'A PyTorch file? Export it with torch.onnx.export.'],
  [0, 'vtrt', 'is a TensorRT plan, not an ONNX model', 'Pass the model that it was built from.'],
  [0, 'ftrt', 'is a TensorRT plan, not an ONNX model', 'Pass the model that it was built from.'],
  [4, 'ORTM', "is in ONNX Runtime's own format, not ONNX", 'Pass the .onnx file that it was made from.'],
];

function notOnnx(source: ModelSource, start: Buffer): EngineryError {
  for (const [at, text, what, hint] of STRANGERS) {
    if (start.toString('latin1', at, at + text.length) === text) return invalidModel(source.name, what, 0, hint);
  }
  const shown = start.toString('latin1', 0, 16);
  const isText = /^[\t\r\n\x20-\x7e]+$/.test(shown);
  const beginning = isText
    ? `'${shown.trimStart().split(/[\r\n]/, 1)[0]}'`
    : (start.toString('hex', 0, 8).match(/../g) ?? []).join(' ');
  const what = `does not look like an ONNX model (it starts with ${beginning})`;
  return invalidModel(source.name, what, 0, 'Pass an .onnx file.');
}

function toInfo(source: ModelSource, facts: ModelFacts, externalFiles: readonly ExternalFile[]): ModelInfo {
  const inputs = facts.inputs.filter(({ name }) => !facts.initializers.has(name));
  const types = new Set<ElementType>();
  for (const { type } of [...inputs, ...facts.outputs]) if (type !== null) types.add(type);
  for (const number of facts.types) {
    const type = elementTypeOf(number);
    if (type !== null) types.add(type);
  }
  const operators = [...facts.operators].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return {
    irVersion: facts.irVersion,
    producer: `${facts.producer} ${facts.producerVersion}`.trim(),
    opsets: facts.opsets,
    graph: facts.graph ?? '',
    inputs,
    outputs: facts.outputs,
    elementTypes: [...types].sort(),
    nodes: facts.nodes,
    operators: Object.fromEntries(operators),
    functions: facts.functions,
    parameters: facts.parameters,
    weightBytes: facts.weightBytes,
    externalFiles,
    bytes: source.size,
  };
}
