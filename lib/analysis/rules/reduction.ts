/** Operators that make one element of many. */

import type { Dim } from '../../onnx/model-info.js';
import type { ElementType } from '../../tensor/element-type.js';
import { axesOf, axisOf, type Known, known } from '../known.js';
import type { NodeFacts, Rules } from '../node-facts.js';

const REDUCTIONS =
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare';

function reduced(dims: readonly Dim[], axes: readonly number[], keep: boolean): Dim[] {
  return keep ? dims.map((dim, i) => (axes.includes(i) ? 1 : dim)) : dims.filter((_, i) => !axes.includes(i));
}

function reduce(node: NodeFacts): Known[] {
  const { type, dims, numbers } = node.input(0);
  if (dims === null) return [known(type, null)];
  const keep = node.int('keepdims', 1) !== 0;
  const given = node.gives('axes', 1) ? node.numbers('axes', 1) : [];
  if (given === null) return [known(type, keep ? dims.map(() => null) : null)];
  if (given.length === 0 && node.int('noop_with_empty_axes', 0) !== 0) return [known(type, dims, numbers)];
  const axes = given.length === 0 ? dims.map((_, i) => i) : axesOf(given, dims.length);
  if (axes === null) return [known(type, null)];
  // The number of elements of a shape.
  const whole = node.operator === 'ReduceProd' && dims.length === 1 && numbers !== null ? [productOf(numbers)] : null;
  return [known(type, reduced(dims, axes, keep), whole)];
}

function productOf(numbers: readonly Dim[]): Dim {
  return numbers.reduce<Dim>((all, it) => (typeof all === 'number' && typeof it === 'number' ? all * it : null), 1);
}

function argReduce(node: NodeFacts, type: ElementType): Known[] {
  const { dims } = node.input(0);
  const axis = dims === null ? null : axisOf(node.int('axis', 0), dims.length);
  const keep = node.int('keepdims', 1) !== 0;
  return [known(type, dims === null || axis === null ? null : reduced(dims, [axis], keep))];
}

function topK(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const axis = dims === null ? null : axisOf(node.int('axis', -1), dims.length);
  const count = node.int('k') ?? node.input(1).numbers?.[0] ?? null;
  const shape = dims?.map((dim, i) => (i === axis ? count : dim)) ?? null;
  return [known(type, shape), known('int64', shape)];
}

export const REDUCTION: Rules = {
  ...Object.fromEntries(REDUCTIONS.split(' ').map((name) => [name, reduce])),
  ArgMax: (node) => argReduce(node, 'int64'),
  ArgMin: (node) => argReduce(node, 'int64'),
  TopK: topK,
};
