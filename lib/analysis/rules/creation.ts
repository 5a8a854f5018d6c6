/** Operators that make tensors of shapes, constants and numbers. */

import type { Dim } from '../../onnx/model-info.js';
import { elementTypeOf } from '../../tensor/element-type.js';
import { axisOf, type Known, known, MAX_NUMBERS, product, size, UNKNOWN } from '../known.js';
import type { NodeFacts, Rules } from '../node-facts.js';

function constant(node: NodeFacts): Known[] {
  const tensor = node.tensor('value');
  if (tensor !== null) return [known(tensor.type, tensor.dims, tensor.numbers)];
  const int = node.int('value_int');
  if (int !== null) return [known('int64', [], [int])];
  const float = node.float('value_float');
  if (float !== null) return [known('float32', [], [float])];
  const ints = node.ints('value_ints');
  if (ints !== null) return [known('int64', [ints.length], ints)];
  const floats = node.floats('value_floats');
  return floats === null ? [UNKNOWN] : [known('float32', [floats.length], floats)];
}

function shape(node: NodeFacts): Known[] {
  const { dims } = node.input(0);
  if (dims === null) return [known('int64', [null])];
  const part = dims.slice(node.int('start', 0), node.int('end', dims.length));
  return [known('int64', [part.length], part)];
}

function constantOfShape(node: NodeFacts): Known[] {
  const value = node.tensor('value');
  const dims = node.input(0).numbers;
  const count =
    dims?.length === 1 && typeof dims[0] === 'number' && dims[0] >= 0 && dims[0] <= MAX_NUMBERS ? dims[0] : null;
  const number = value === null ? 0 : (value.numbers?.[0] ?? null);
  const numbers = count === null || number === null ? null : Array<Dim>(count).fill(number);
  return [known(value === null ? 'float32' : value.type, dims, numbers)];
}

function range(node: NodeFacts): Known[] {
  const [start, limit, delta] = [0, 1, 2].map((i) => node.input(i).numbers?.[0] ?? null);
  // From 0 to a name in steps of 1: as many as it stands for.
  if (start === 0 && delta === 1 && typeof limit === 'string') return [known(node.type(0), [limit])];
  if (typeof start !== 'number' || typeof limit !== 'number' || typeof delta !== 'number' || delta === 0) {
    return [known(node.type(0), [null])];
  }
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  const numbers = count <= MAX_NUMBERS ? Array.from({ length: count }, (_, i) => start + i * delta) : null;
  return [known(node.type(0), [size(count)], numbers)];
}

function oneHot(node: NodeFacts): Known[] {
  const { dims } = node.input(0);
  const axis = dims === null ? null : axisOf(node.int('axis', -1), dims.length + 1);
  if (dims === null || axis === null) return [known(node.type(2), null)];
  const depth = node.input(1).numbers?.[0] ?? null;
  return [known(node.type(2), [...dims.slice(0, axis), depth, ...dims.slice(axis)])];
}

function like(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  return [known(elementTypeOf(node.int('dtype', 0)) ?? type, dims)];
}

function random(node: NodeFacts): Known[] {
  return [known(elementTypeOf(node.int('dtype', 1)), node.ints('shape'))];
}

export const CREATION: Rules = {
  Constant: constant,
  Shape: shape,
  Size: (node) => [known('int64', [], [product(node.input(0).dims ?? [null])])],
  ConstantOfShape: constantOfShape,
  Range: range,
  OneHot: oneHot,
  Bernoulli: like,
  EyeLike: like,
  RandomNormalLike: like,
  RandomUniformLike: like,
  RandomNormal: random,
  RandomUniform: random,
  // How many there are depends on the values.
  NonZero: (node) => [known('int64', [node.input(0).dims?.length ?? null, null])],
  NonMaxSuppression: () => [known('int64', [null, 3])],
};
