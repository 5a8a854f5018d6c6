/**
 * What of ONNX's operators TensorRT refuses. Each line was measured with the parser and the builder of TensorRT-RTX 1.7.1 on
 * the models of ONNX's own node tests and on small ones (test/runtime/findings.test.ts asks the real parser again).
 */

import type { FindingKind } from './finding.js';
import type { Known } from './known.js';
import type { NodeFacts } from './node-facts.js';

/** Operators that TensorRT's parser does not know. */
export const UNKNOWN_OPERATORS: ReadonlySet<string> = new Set(
  'AffineGrid Bernoulli BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im Compress ConvInteger CumProd DFT Det DynamicQuantizeLinear ImageDecoder MatMulInteger MaxUnpool MelWeightMatrix NegativeLogLikelihoodLoss Optional OptionalGetElement OptionalHasElement QLinearConv QLinearMatMul RegexFullMatch SoftmaxCrossEntropyLoss StringConcat StringNormalizer StringSplit SwiGLU TfIdfVectorizer Unique'.split(
    ' ',
  ),
);

/** Operators that its parser makes a plugin of, which TensorRT-RTX does not bring. */
const PLUGIN_OPERATORS: ReadonlySet<string> = new Set([
  'CausalConvWithState',
  'DeformConv',
  'LinearAttention',
  'NonZero',
  'RoiAlign',
]);

/** What becomes of quantized models whose operators it does not know. */
const QUANTIZED: ReadonlySet<string> = new Set([
  'ConvInteger',
  'DynamicQuantizeLinear',
  'MatMulInteger',
  'QLinearConv',
  'QLinearMatMul',
]);

const RESIZE_COORDINATES: ReadonlySet<string> = new Set([
  'half_pixel',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'tf_half_pixel_for_nn',
]);

/** TensorRT's limit for TopK. */
const MAX_K = 3840;

export interface Refusal {
  readonly kind: FindingKind;
  readonly message: string;
}

/** Why TensorRT refuses an operator of ONNX's own domain, whatever its attributes; null where it does not. */
export function operatorRefusal(operator: string): Refusal | null {
  if (PLUGIN_OPERATORS.has(operator)) {
    return { kind: 'operator', message: 'needs a plugin, which TensorRT-RTX does not bring' };
  }
  if (operator === 'NonMaxSuppression') {
    return { kind: 'operator', message: 'TensorRT-RTX parses it and cannot build it: do it after the model' };
  }
  if (operator.startsWith('Sequence') || operator === 'SplitToSequence' || operator === 'ConcatFromSequence') {
    return { kind: 'sequence', message: 'TensorRT has no sequences: use Split and Concat' };
  }
  if (!UNKNOWN_OPERATORS.has(operator)) return null;
  const hint = QUANTIZED.has(operator) ? ': quantize with QuantizeLinear and DequantizeLinear (QDQ) instead' : '';
  return { kind: 'operator', message: `TensorRT's parser does not know it${hint}` };
}

type Check = (node: NodeFacts, outputs: readonly Known[]) => string | null;

const unless = (holds: boolean, message: string): string | null => (holds ? null : message);

const oneOutput: Check = (node) => unless(node.outputCount < 2, 'TensorRT gives only its first output');
const noDilations: Check = (node) =>
  unless(node.ints('dilations')?.every((it) => it === 1) ?? true, 'TensorRT pools without dilations only');
const noTraining: Check = (node) =>
  unless(node.int('training_mode', 0) === 0, 'is in training mode: export for inference');
const noReduction: Check = (node) =>
  unless(node.text('reduction', 'none') === 'none', 'TensorRT scatters without reduction only');
const upToThreeAxes: Check = (node) =>
  unless((node.input(0).dims?.length ?? 0) <= 5, 'has more than three spatial axes');
const isFloatingProduct: Check = (node) =>
  unless(!['int32', 'int64'].includes(node.type(0) ?? ''), `TensorRT multiplies no matrices of ${node.type(0)}`);
/** A bound that is left out where another follows, or by an empty name, is no constant to TensorRT. */
const constantBoundsOfInt8: Check = (node) => {
  const bounds = Array.from({ length: node.inputCount - 1 }, (_, i) => node.input(i + 1).numbers);
  const message =
    'TensorRT clips int8 only where each bound is a constant; one that is left out must have no empty name';
  return unless(node.type(0) !== 'int8' || bounds.every((it) => it !== null), message);
};

/** What it refuses about operators that it knows. */
const CHECKS: ReadonlyMap<string, readonly Check[]> = new Map(
  Object.entries<readonly Check[]>({
    Attention: [
      oneOutput,
      (node) => unless((node.float('softcap') ?? 0) === 0, 'TensorRT has no softcap'),
      (node) => unless(!node.hasAttribute('softmax_precision'), 'TensorRT has no softmax_precision'),
    ],
    AveragePool: [noDilations, upToThreeAxes],
    BatchNormalization: [noTraining],
    Clip: [constantBoundsOfInt8],
    Conv: [upToThreeAxes],
    Dropout: [(node) => unless(node.input(2).numbers?.[0] !== 1, 'is in training mode: export for inference')],
    LayerNormalization: [oneOutput],
    LpPool: [noDilations, (node) => unless([1, 2].includes(node.int('p', 2)), 'TensorRT pools with p = 1 or 2 only')],
    MatMul: [isFloatingProduct],
    MaxPool: [noDilations, oneOutput, upToThreeAxes],
    Mod: [
      (node) => {
        const isFloat = /float/.test(node.type(0) ?? '');
        return unless(!isFloat || node.int('fmod', 0) === 1, 'TensorRT takes floats with fmod = 1 only');
      },
    ],
    Range: [
      (node) =>
        unless(!['float16', 'bfloat16'].includes(node.type(0) ?? ''), `TensorRT has no ranges of ${node.type(0)}`),
    ],
    ReduceMax: [(node) => unless(node.type(0) !== 'bool', 'TensorRT reduces no bool')],
    ReduceMin: [(node) => unless(node.type(0) !== 'bool', 'TensorRT reduces no bool')],
    Resize: [
      (node) => unless(node.int('antialias', 0) === 0, 'TensorRT has no antialiasing'),
      (node) => unless(node.text('keep_aspect_ratio_policy', 'stretch') === 'stretch', 'TensorRT stretches only'),
      (node) => {
        const mode = node.text('coordinate_transformation_mode', 'half_pixel');
        return unless(RESIZE_COORDINATES.has(mode), `TensorRT has no coordinate_transformation_mode ${mode}`);
      },
    ],
    ScatterElements: [noReduction],
    ScatterND: [noReduction],
    TensorScatter: [
      (node) => unless(node.text('mode', 'linear') === 'linear', 'TensorRT has no circular mode'),
      (node) => unless((node.input(0).dims?.length ?? 4) === 4, 'TensorRT takes a cache of rank 4 only'),
    ],
    TopK: [
      (node, [values]) => {
        const count = node.int('k') ?? node.input(1).numbers?.[0];
        const axis = values?.dims?.at(node.int('axis', -1));
        const most = typeof count === 'number' ? count : typeof axis === 'number' ? axis : 0;
        return unless(most <= MAX_K, `takes ${most} elements, TensorRT at most ${MAX_K}`);
      },
    ],
  }),
);

/** Operators that compute with no uint8. */
const ARITHMETIC: ReadonlySet<string> = new Set(
  'Add Sub Mul Div Mod Max Min Greater GreaterOrEqual Less LessOrEqual MaxPool'.split(' '),
);

/** What TensorRT refuses about a node of an operator that it knows. */
export function attributeRefusals(node: NodeFacts, outputs: readonly Known[]): string[] {
  const checks = (CHECKS.get(node.operator) ?? []).flatMap((check) => check(node, outputs) ?? []);
  const uint8 = ARITHMETIC.has(node.operator) && node.type(0) === 'uint8';
  return uint8 ? [...checks, 'TensorRT does not compute with uint8: cast to float first'] : checks;
}
