/** A model's graph as it is written in an ONNX file: nodes, values and weights, the weights unread. */

import type { ElementType } from '../tensor/element-type.js';
import type { Opset } from './model-info.js';
import type { ValueInfo } from './value-reader.js';

/** A model. */
export interface OnnxModel {
  /** Version of ONNX's file format. */
  readonly irVersion: number;
  /** Who wrote the file, with version. Empty where it does not say. */
  readonly producer: string;
  /** Of ONNX's own operators the domain is `''`, as it is in {@link GraphNode.domain}. */
  readonly opsets: readonly Opset[];
  readonly graph: Graph;
  readonly functions: readonly GraphFunction[];
}

/** The main graph, or one in an attribute of a node. */
export interface Graph {
  readonly name: string;
  /** Without those that are initializers too. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** What the file says of the values in between. */
  readonly values: readonly ValueInfo[];
  readonly initializers: readonly Initializer[];
  /** In file order, in which a value comes before its use. */
  readonly nodes: readonly GraphNode[];
}

/** An operator at its place in a graph. */
export interface GraphNode {
  /** Often empty. */
  readonly name: string;
  readonly operator: string;
  /** `''` is ONNX's own. */
  readonly domain: string;
  /** Names of values; `''` is an input that was left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** The value of an attribute. `other`: one of another kind, or a text of more than 64 KiB. */
export type Attribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'floats' | 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Initializer }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'graphs'; readonly value: readonly Graph[] }
  | { readonly kind: 'other' };

/** An operator that the model itself defines. */
export interface GraphFunction {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly GraphNode[];
}

/** A tensor stored with the model: a weight, or a constant. */
export interface Initializer {
  readonly name: string;
  /** Null where ONNX 1.22 has no such type. */
  readonly type: ElementType | null;
  readonly dims: readonly number[];
  /** Of the values as stored. Of a sparse tensor, of values and indices. */
  readonly bytes: number;
  /** True where the values lie in another file. */
  readonly external: boolean;
  /**
   * Reads the values: little-endian, in row-major order, types narrower than a byte packed, as ONNX's `raw_data`.
   *
   * @throws EngineryError `ENGINERY_INVALID_MODEL` where there are more or fewer values than the dims say,
   * `ENGINERY_INVALID_ARGUMENT` for strings and sparse tensors, `ENGINERY_EXTERNAL_DATA`, `ENGINERY_FILE_NOT_FOUND`,
   * `ENGINERY_FILE_UNREADABLE`.
   */
  read(): Promise<Uint8Array>;
}
