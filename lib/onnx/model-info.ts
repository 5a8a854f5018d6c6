/** What an ONNX model says of itself: the public function. What it does is loaded when it is first called. */

import type { ElementType } from '../tensor/element-type.js';
import type { ExternalFile } from './external-data.js';
import type { ValueInfo } from './value-reader.js';

export type { ExternalFile } from './external-data.js';
export type { Dim, ValueInfo, ValueKind } from './value-reader.js';

/** An operator set that a model uses. */
export interface Opset {
  /** ONNX's own is `ai.onnx`. */
  readonly domain: string;
  readonly version: number;
}

/** What an ONNX model says of itself. */
export interface ModelInfo {
  /** Version of ONNX's file format. */
  readonly irVersion: number;
  /** Who wrote the file, with version: `pytorch 2.9.0`. Empty where it does not say. */
  readonly producer: string;
  readonly opsets: readonly Opset[];
  /** Name of the graph. */
  readonly graph: string;
  /** Inputs that must be fed: an input that is also an initializer is none. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Of inputs, outputs, weights and what operators such as Cast are told to produce; not of every value in between. */
  readonly elementTypes: readonly ElementType[];
  /** All nodes, those of subgraphs and functions included. */
  readonly nodes: number;
  /** Nodes by operator, most first; `domain::Operator` where the domain is not ONNX's own. */
  readonly operators: Readonly<Record<string, number>>;
  /** Functions that the model defines. */
  readonly functions: number;
  /** Elements of all weights: initializers and tensors in attributes, such as those of Constant nodes. */
  readonly parameters: number;
  /** Bytes of all weights, those in other files included. */
  readonly weightBytes: number;
  /** Other files that hold weights, in order of location. */
  readonly externalFiles: readonly ExternalFile[];
  /** Size of the model file itself. */
  readonly bytes: number;
}

/**
 * Reads what an ONNX model says of itself. Lazy: time and memory do not depend on the size of the weights.
 *
 * @param model - Path of an ONNX file, or its bytes. Bytes must not change until the promise settles.
 * @returns Inputs, outputs, operator sets, operators, types, weights and external files. External files are checked: they
 * lie in the model's folder and are long enough.
 * @throws EngineryError `ENGINERY_INVALID_MODEL` with `details.offset` where the format is broken, `ENGINERY_EXTERNAL_DATA`,
 * `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, `ENGINERY_INVALID_ARGUMENT`.
 * @example
 * ```ts
 * const { inputs } = await readModelInfo('digits.onnx');
 * inputs[0]; // { name: 'image', kind: 'tensor', type: 'float32', dims: ['batch', 1, 28, 28] }
 * ```
 */
export async function readModelInfo(model: string | Uint8Array): Promise<ModelInfo> {
  const { readModel } = await import('./read-model.js');
  return readModel(model);
}
