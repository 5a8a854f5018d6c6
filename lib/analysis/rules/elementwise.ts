/** Operators that compute each element by itself, and those that keep the shape of their first input. */

import type { Dim } from '../../onnx/model-info.js';
import { type ElementType, elementTypeOf } from '../../tensor/element-type.js';
import { broadcast, type Known, known, MAX_NUMBERS } from '../known.js';
import type { NodeFacts, Rule, Rules } from '../node-facts.js';

const UNARY =
  'Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization BitwiseNot Ceil Celu Clip Cos Cosh CumProd CumSum Elu Erf Exp Floor Gelu GroupNormalization HardSigmoid HardSwish Hardmax Identity InstanceNormalization LRN LeakyRelu LayerNormalization Log LogSoftmax LpNormalization MeanVarianceNormalization Mish Neg Not PRelu RMSNormalization Reciprocal Relu ReverseSequence RotaryEmbedding Round ScatterElements ScatterND Scatter Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh TensorScatter ThresholdedRelu Trilu';
const ARITHMETIC = 'Add Sub Mul Div Mod Pow BitShift BitwiseAnd BitwiseOr BitwiseXor Max Min Mean Sum';
const COMPARISONS = 'And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual';
const TESTS = 'IsInf IsNaN';

/** What shapes are computed with, on numbers that are known. */
const FOLDS: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Max: Math.max,
  Min: Math.min,
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  And: (a, b) => Number(a !== 0 && b !== 0),
  Or: (a, b) => Number(a !== 0 || b !== 0),
};
const UNARY_FOLDS: Readonly<Record<string, (a: number) => number>> = {
  Abs: Math.abs,
  Ceil: Math.ceil,
  Floor: Math.floor,
  Identity: (a) => a,
  Neg: (a) => -a,
  Not: (a) => Number(a === 0),
  Sqrt: Math.sqrt,
};

function unary(node: NodeFacts): Known[] {
  const { type, dims, numbers } = node.input(0);
  const fold = UNARY_FOLDS[node.operator];
  const folded =
    node.operator === 'Identity'
      ? numbers
      : fold === undefined || numbers === null
        ? null
        : numbers.map((it) => (typeof it === 'number' ? fold(it) : null));
  return [known(type, dims, folded)];
}

function combine(node: NodeFacts, type: ElementType | null): Known[] {
  let { dims, numbers } = node.input(0);
  for (let i = 1; i < node.inputCount; i++) {
    const other = node.input(i);
    dims = broadcast(dims, other.dims);
    numbers = fold(node.operator, numbers, other.numbers, isWhole(node.type(0)));
  }
  return [known(type, dims, dims !== null && dims.length < 2 ? numbers : null)];
}

function isWhole(type: ElementType | null): boolean {
  return type !== null && /^u?int/.test(type);
}

function fold(operator: string, a: readonly Dim[] | null, b: readonly Dim[] | null, whole: boolean): Dim[] | null {
  if (a === null || b === null || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return null;
  const count = a.length === 1 ? b.length : a.length;
  return Array.from({ length: count }, (_, i) => {
    const x = a[a.length === 1 ? 0 : i] as Dim;
    const y = b[b.length === 1 ? 0 : i] as Dim;
    return foldPair(operator, x, y, whole);
  });
}

function foldPair(operator: string, x: Dim, y: Dim, whole: boolean): Dim {
  if (typeof x === 'number' && typeof y === 'number') {
    if (operator === 'Div') return y === 0 ? null : whole ? Math.trunc(x / y) : x / y;
    return FOLDS[operator]?.(x, y) ?? null;
  }
  // A name stays itself, whatever size it stands for.
  if ((operator === 'Mul' || operator === 'Div') && y === 1) return x;
  if (operator === 'Mul' && x === 1) return y;
  if ((operator === 'Add' || operator === 'Sub') && y === 0) return x;
  if (operator === 'Add' && x === 0) return y;
  // No size is negative.
  if (operator === 'Equal' && (isNegative(x) || isNegative(y))) return 0;
  return null;
}

function isNegative(dim: Dim): boolean {
  return typeof dim === 'number' && dim < 0;
}

function where(node: NodeFacts): Known[] {
  const [condition, yes, no] = [node.input(0), node.input(1), node.input(2)];
  const dims = broadcast(broadcast(condition.dims, yes.dims), no.dims);
  const pick = (i: number): Dim => {
    const chosen = condition.numbers?.[condition.numbers.length === 1 ? 0 : i];
    const from = chosen === 0 ? no.numbers : typeof chosen === 'number' ? yes.numbers : null;
    return from?.[from.length === 1 ? 0 : i] ?? null;
  };
  const count = dims?.length === 1 && typeof dims[0] === 'number' && dims[0] <= MAX_NUMBERS ? dims[0] : null;
  return [known(yes.type ?? no.type, dims, count === null ? null : Array.from({ length: count }, (_, i) => pick(i)))];
}

function cast(node: NodeFacts): Known[] {
  const { dims, numbers } = node.input(0);
  const type = node.operator === 'Cast' ? elementTypeOf(node.int('to', 0)) : node.type(1);
  const whole = isWhole(type);
  return [known(type, dims, numbers?.map((it) => (whole && typeof it === 'number' ? Math.trunc(it) : it)) ?? null)];
}

function quantize(node: NodeFacts): Known[] {
  const type = node.has(2) ? node.type(2) : (elementTypeOf(node.int('output_dtype', 0)) ?? 'uint8');
  return [known(type, node.input(0).dims)];
}

function dynamicQuantize(node: NodeFacts): Known[] {
  return [known('uint8', node.input(0).dims), known('float32', []), known('uint8', [])];
}

function all(names: string, rule: Rule): Rules {
  return Object.fromEntries(names.split(' ').map((name) => [name, rule]));
}

export const ELEMENTWISE: Rules = {
  ...all(UNARY, unary),
  ...all(ARITHMETIC, (node) => combine(node, node.type(0))),
  ...all(COMPARISONS, (node) => combine(node, 'bool')),
  ...all(TESTS, (node) => [known('bool', node.input(0).dims)]),
  Dropout: (node) => [...unary(node), known('bool', node.input(0).dims)],
  Where: where,
  Cast: cast,
  CastLike: cast,
  QuantizeLinear: quantize,
  DequantizeLinear: (node) => [known(elementTypeOf(node.int('output_dtype', 0)) ?? node.type(1), node.input(0).dims)],
  DynamicQuantizeLinear: dynamicQuantize,
};
