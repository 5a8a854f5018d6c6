/** The models and tensors that backends are held to their contract with. */
import type { ElementType } from '../../dist/tensor/element-type.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { heavyModel } from './heavy-model.js';
import { graph, int64s, model, node, tensor, value } from './onnx-writer.js';

export const floats = (...elements: number[]): Tensor =>
  new Tensor('float32', new Float32Array(elements), [elements.length]);
export const square = (n: number): Tensor => new Tensor('float32', new Float32Array(n * n).fill(1 / n), [n, n]);

/** Twice x, minus x, and x in rows of two. */
export const ARITHMETIC: Buffer = model(
  graph({
    nodes: [node('Add', ['x', 'x'], ['twice']), node('Neg', ['x'], ['minus']), node('Reshape', ['x', 'two'], ['rows'])],
    inputs: [value('x', 'float32', ['n'])],
    outputs: [value('twice', 'float32', ['n']), value('minus', 'float32', ['n']), value('rows', 'float32', [null, 2])],
    initializers: [tensor({ name: 'two', type: 'int64', dims: [2], data: int64s([-1, 2]) })],
  }),
);
/** Gives back what it is fed: an input for each type, x0 and so on. */
export const identity = (types: readonly ElementType[], dims: readonly (string | number)[]): Buffer =>
  model(
    graph({
      nodes: types.map((_, i) => node('Identity', [`x${i}`], [`y${i}`])),
      inputs: types.map((type, i) => value(`x${i}`, type, dims)),
      outputs: types.map((type, i) => value(`y${i}`, type, dims)),
    }),
  );
/** Takes half a second or so for x of 256 by 256 on a CPU. */
export const HEAVY: Buffer = heavyModel(1000);

export const FEEDS: readonly Tensor[] = [
  floats(1.5, -2, 3),
  new Tensor('float64', new Float64Array([1, 2, 3]), [3]),
  new Tensor('float16', new Uint16Array([0x3c01, 0xc000, 0x7c00]), [3]), // what comes through another type as it was, too
  new Tensor('int8', new Int8Array([-1, 2, 3]), [3]),
  new Tensor('uint8', new Uint8Array([1, 2, 255]), [3]),
  new Tensor('int16', new Int16Array([-1, 2, 3]), [3]),
  new Tensor('uint16', new Uint16Array([1, 2, 65535]), [3]),
  new Tensor('int32', new Int32Array([-1, 2, 3]), [3]),
  new Tensor('uint32', new Uint32Array([1, 2, 2 ** 32 - 1]), [3]),
  new Tensor('int64', new BigInt64Array([-1n, 2n, 2n ** 60n]), [3]),
  new Tensor('uint64', new BigUint64Array([1n, 2n, 2n ** 64n - 1n]), [3]),
  new Tensor('bool', new Uint8Array([1, 0, 1]), [3]),
  new Tensor('string', ['', 'größer', 'a b'], [3]),
];
