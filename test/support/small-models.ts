/** Models of a node or a few, in a line each. */
import type { ElementType } from '../../dist/tensor/element-type.js';
import { type Attribute, floats, graph, int64s, model, node, type Shape, tensor, value } from './onnx-writer.js';

/** Type and shape. */
export type Typed = readonly [ElementType, Shape];
/** Type, shape and values. */
export type Stored = readonly [ElementType, readonly number[], Uint8Array];

/** What a model has besides nodes, by name. */
export interface Parts {
  /** `x`, float32 [2, 3], where it is not said. */
  readonly inputs?: Readonly<Record<string, Typed>>;
  readonly weights?: Readonly<Record<string, Stored>>;
  /** `y`, float32 of any shape, where it is not said. */
  readonly outputs?: Readonly<Record<string, Typed>>;
  readonly opset?: number;
}

const X: Typed = ['float32', [2, 3]];

/** A model of `nodes`. */
export function small(nodes: readonly Buffer[], parts: Parts = {}): Buffer {
  const { inputs = { x: X }, weights = {}, outputs = { y: ['float32', null] }, opset = 17 } = parts;
  const values = (all: Readonly<Record<string, Typed>>): Buffer[] =>
    Object.entries(all).map(([name, [type, shape]]) => value(name, type, shape));
  return model(
    graph({
      nodes,
      inputs: values(inputs),
      outputs: values(outputs),
      initializers: Object.entries(weights).map(([name, [type, dims, data]]) => tensor({ name, type, dims, data })),
    }),
    { opset, irVersion: 10 },
  );
}

/** A model of one node. It takes the inputs and then the weights, and gives the outputs. */
export function one(operator: string, attributes: Readonly<Record<string, Attribute>> = {}, parts: Parts = {}): Buffer {
  const names = [...Object.keys(parts.inputs ?? { x: X }), ...Object.keys(parts.weights ?? {})];
  return small([node(operator, names, Object.keys(parts.outputs ?? { y: null }), attributes)], parts);
}

export const scalar = (type: ElementType, byte: number): Stored => [type, [], Buffer.from([byte])];
export const float = (number: number): Stored => ['float32', [], floats([number])];
export const whole = (...numbers: number[]): Stored => ['int64', [numbers.length], int64s(numbers)];
/** Float32, all 1. */
export const ones = (...dims: number[]): Stored => [
  'float32',
  dims,
  floats(Array(dims.reduce((a, b) => a * b, 1)).fill(1)),
];
