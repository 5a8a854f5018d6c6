/** A model's graph as it is written in an ONNX file: nodes, values and weights, the weights unread. */

import type { ElementType } from '../tensor/element-type.js';
import type { ExternalFile, Opset } from './model-info.js';
import type { ValueInfo } from './value-reader.js';

/** A model. */
export interface OnnxModel {
  readonly opsets: readonly Opset[];
  readonly graph: Graph;
  readonly functions: readonly GraphFunction[];
  /** Files that {@link ValuePlace.location} names. */
  readonly externalFiles: readonly ExternalFile[];
  /** Size of the model file itself. */
  readonly bytes: number;
}

/** The main graph, or one in an attribute of a node. */
export interface Graph {
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

/** The value of an attribute: `other` where it is of another kind, or too long to be one that shapes depend on. */
export type Attribute =
  | { readonly kind: 'float' | 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'floats' | 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'tensor'; readonly value: Initializer }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'other' };

/** An operator that the model itself defines. */
export interface GraphFunction {
  readonly name: string;
  readonly domain: string;
}

/** A tensor stored with the model: a weight, or a constant. */
export interface Initializer {
  readonly name: string;
  /** Null where ONNX 1.22 has no such type. */
  readonly type: ElementType | null;
  readonly dims: readonly number[];
  readonly elements: number;
  /** Of the values as stored. Of a sparse tensor, of values and indices. */
  readonly bytes: number;
  /** The values where they are few, such as a shape that a Reshape takes; null elsewhere. */
  readonly numbers: readonly number[] | null;
  /** Where the values lie; null where they are stored one by one, are text, or sparse. */
  readonly place: ValuePlace | null;
}

/** Where the values of a tensor lie as ONNX's `raw_data`: little-endian, in row-major order. */
export interface ValuePlace {
  /** An external file, as the model names it; null for the model itself. */
  readonly location: string | null;
  readonly position: number;
}
