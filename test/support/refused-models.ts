/** Small models of which TensorRT-RTX makes no engine, one for each reason that lib/analysis knows. */
import { UNKNOWN_OPERATORS } from '../../dist/analysis/refused-operators.js';
import type { FindingKind } from '../../dist/index.js';
import type { ElementType } from '../../dist/tensor/element-type.js';
import { bytes, floats, graph, model, node, type Shape, tensorType, value } from './onnx-writer.js';
import { float, one, ones, type Parts, type Stored, scalar, small, type Typed, whole } from './small-models.js';

export interface RefusedModel {
  readonly name: string;
  readonly kind: FindingKind;
  readonly model: Buffer;
}

const IMAGE: Typed = ['float32', [1, 2, 8, 8]];

const identity = (type: ElementType, shape: Shape): Buffer =>
  small([node('Identity', ['x'], ['y'])], { inputs: { x: [type, shape] }, outputs: { y: [type, shape] } });
const sequence = value('x', bytes(4, bytes(1, tensorType('float32', [1]))));

/** Types of inputs, outputs and weights. */
const TYPES: readonly ElementType[] = [
  ...(['string', 'complex64', 'complex128', 'int16', 'uint16', 'uint32', 'uint64', 'uint4', 'int2', 'uint2'] as const),
  ...(['float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz'] as const),
];

const VALUES: Readonly<Record<string, readonly [FindingKind, Buffer]>> = {
  ...Object.fromEntries(TYPES.map((type) => [`input of ${type}`, ['element-type', identity(type, [2])] as const])),
  'weight of uint16': [
    'element-type',
    small([node('Cast', ['w'], ['c'], { to: 1 }), node('Add', ['x', 'c'], ['y'])], {
      weights: { w: ['uint16', [3], Buffer.alloc(6)] },
    }),
  ],
  'output of uint16': ['element-type', one('Cast', { to: 4 }, { outputs: { y: ['uint16', [2, 3]] } })],
  'int16 in between': [
    'element-type',
    small([node('Cast', ['x'], ['c'], { to: 5 }), node('Cast', ['c'], ['y'], { to: 1 })]),
  ],
  'uint8 in between': [
    'element-type',
    small([node('Cast', ['x'], ['c'], { to: 2 }), node('Cast', ['c'], ['y'], { to: 1 })]),
  ],
  'input of rank 9': ['rank', identity('float32', Array(9).fill(1))],
  'rank 9 in between': [
    'rank',
    small([node('Reshape', ['x', 's'], ['r']), node('Reshape', ['r', 't'], ['y'])], {
      weights: { s: whole(2, 3, 1, 1, 1, 1, 1, 1, 1), t: whole(6) },
    }),
  ],
  'input that is a sequence': [
    'sequence',
    model(
      graph({
        nodes: [node('SequenceAt', ['x', 'i'], ['y'])],
        inputs: [sequence, value('i', 'int64', [])],
        outputs: [value('y', 'float32', [1])],
      }),
    ),
  ],
};

const quantize = (type: ElementType, zero: number): Buffer =>
  small([node('QuantizeLinear', ['x', 's', 'z'], ['q']), node('DequantizeLinear', ['q', 's', 'z'], ['y'])], {
    weights: { s: float(0.1), z: scalar(type, zero) },
  });

const QUANTIZATION: Readonly<Record<string, Buffer>> = {
  'zero point of uint8 that is not 0': quantize('uint8', 128),
  'zero point of int8 that is not 0': quantize('int8', 3),
  'DequantizeLinear of uint8': one(
    'DequantizeLinear',
    {},
    { inputs: { x: ['uint8', [4]] }, weights: { s: float(0.1) } },
  ),
  'DequantizeLinear of int32': one(
    'DequantizeLinear',
    {},
    { inputs: { x: ['int32', [4]] }, weights: { s: float(0.1) } },
  ),
};

const POOL = { kernel_shape: [2, 2] };
const VOLUME: Typed = ['float32', [1, 1, 4, 4, 4, 4]];
const TOKENS: Readonly<Record<string, Typed>> = {
  q: ['float32', [1, 2, 4, 8]],
  k: ['float32', [1, 2, 4, 8]],
  v: ['float32', [1, 2, 4, 8]],
};
const TWO: Readonly<Record<string, Typed>> = { y: ['float32', null], z: ['float32', null] };
const scattered = { x: ['float32', [4]], i: ['int64', [2]], u: ['float32', [2]] } as const;
const CACHE = { x: ['float32', [1, 1, 4, 2]], u: ['float32', [1, 1, 1, 2]], i: ['int64', [1]] } as const;
const resized = { inputs: { x: IMAGE }, weights: { roi: ones(0), s: ['float32', [4], floats([1, 1, 2, 2])] } } as const;

const ATTRIBUTES: Readonly<Record<string, Buffer>> = {
  'Attention with two outputs': one('Attention', {}, { inputs: TOKENS, outputs: TWO, opset: 23 }),
  'Attention with softcap': one('Attention', { softcap: { float: 2 } }, { inputs: TOKENS, opset: 23 }),
  'Attention with softmax_precision': one('Attention', { softmax_precision: 1 }, { inputs: TOKENS, opset: 23 }),
  'AveragePool with dilations': one('AveragePool', { ...POOL, dilations: [2, 2] }, { inputs: { x: IMAGE }, opset: 19 }),
  'AveragePool of four axes': one('AveragePool', { kernel_shape: [2, 2, 2, 2] }, { inputs: { x: VOLUME } }),
  'BatchNormalization in training': one(
    'BatchNormalization',
    { training_mode: 1 },
    {
      inputs: { x: IMAGE },
      weights: { s: ones(2), b: ones(2), m: ones(2), v: ones(2) },
      outputs: { ...TWO, w: ['float32', null] },
    },
  ),
  'Clip of int8 to a bound that is computed': one(
    'Clip',
    {},
    { inputs: { x: ['int8', [4]], low: ['int8', []] }, outputs: { y: ['int8', [4]] } },
  ),
  'Clip of int8 without its first bound': small([node('Clip', ['x', '', 'high'], ['y'])], {
    inputs: { x: ['int8', [4]] },
    weights: { high: scalar('int8', 5) },
    outputs: { y: ['int8', [4]] },
  }),
  'Conv of four axes': one('Conv', {}, { inputs: { x: VOLUME }, weights: { w: ones(1, 1, 2, 2, 2, 2) } }),
  'Dropout in training': one('Dropout', {}, { weights: { r: float(0.5), t: ['bool', [], Buffer.from([1])] } }),
  'LayerNormalization with two outputs': one('LayerNormalization', {}, { weights: { s: ones(3) }, outputs: TWO }),
  'LpPool with dilations': one('LpPool', { ...POOL, dilations: [2, 2] }, { inputs: { x: IMAGE }, opset: 18 }),
  'LpPool with p = 3': one('LpPool', { ...POOL, p: 3 }, { inputs: { x: IMAGE } }),
  'MatMul of int64': one(
    'MatMul',
    {},
    { inputs: { x: ['int64', [2, 2]], w: ['int64', [2, 2]] }, outputs: { y: ['int64', [2, 2]] } },
  ),
  'MatMul of int32': one(
    'MatMul',
    {},
    { inputs: { x: ['int32', [2, 2]], w: ['int32', [2, 2]] }, outputs: { y: ['int32', [2, 2]] } },
  ),
  'MaxPool with dilations': one('MaxPool', { ...POOL, dilations: [2, 2] }, { inputs: { x: IMAGE } }),
  'MaxPool with indices': one('MaxPool', POOL, {
    inputs: { x: IMAGE },
    outputs: { y: ['float32', null], i: ['int64', null] },
  }),
  'MaxPool of four axes': one('MaxPool', { kernel_shape: [2, 2, 2, 2] }, { inputs: { x: VOLUME } }),
  'Mod of floats without fmod': one('Mod', {}, { weights: { w: ones(3) } }),
  'Range of float16': small([node('Range', ['a', 'b', 'c'], ['r']), node('Cast', ['r'], ['y'], { to: 1 })], {
    inputs: { a: ['float16', []], b: ['float16', []], c: ['float16', []] },
    opset: 27,
  }),
  'ReduceMax of bool': one(
    'ReduceMax',
    {},
    { inputs: { x: ['bool', [2, 3]] }, outputs: { y: ['bool', null] }, opset: 20 },
  ),
  'ReduceMin of bool': one(
    'ReduceMin',
    {},
    { inputs: { x: ['bool', [2, 3]] }, outputs: { y: ['bool', null] }, opset: 20 },
  ),
  'Resize with antialias': one('Resize', { mode: 'linear', antialias: 1 }, { ...resized, opset: 18 }),
  'Resize that keeps the aspect ratio': small(
    [node('Resize', ['x', '', '', 's'], ['y'], { keep_aspect_ratio_policy: 'not_larger' })],
    { inputs: { x: IMAGE }, weights: { s: whole(1, 2, 4, 6) }, opset: 18 },
  ),
  'Resize that crops': one(
    'Resize',
    { coordinate_transformation_mode: 'tf_crop_and_resize' },
    {
      inputs: { x: IMAGE },
      weights: { roi: ['float32', [8], floats([0, 0, 0, 0, 1, 1, 1, 1])], s: resized.weights.s },
    },
  ),
  'ScatterElements with reduction': one('ScatterElements', { reduction: 'add' }, { inputs: scattered, opset: 18 }),
  'ScatterND with reduction': one(
    'ScatterND',
    { reduction: 'add' },
    { inputs: { ...scattered, i: ['int64', [2, 1]] }, opset: 18 },
  ),
  'TensorScatter in a circle': one('TensorScatter', { mode: 'circular' }, { inputs: CACHE, opset: 24 }),
  'TensorScatter of rank 3': one(
    'TensorScatter',
    {},
    { inputs: { x: ['float32', [1, 4, 2]], u: ['float32', [1, 1, 2]], i: ['int64', [1]] }, opset: 24 },
  ),
  ...Object.fromEntries(
    ['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Max', 'Min', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'].map(
      (name) => [
        `${name} of uint8`,
        small([node(name, ['x', 'w'], ['c']), node('Cast', ['c'], ['y'], { to: 1 })], {
          inputs: { x: ['uint8', [4]], w: ['uint8', [4]] },
        }),
      ],
    ),
  ),
  'MaxPool of uint8': one('MaxPool', POOL, { inputs: { x: ['uint8', [1, 1, 4, 4]] }, outputs: { y: ['uint8', null] } }),
};

const PLUGINS: Readonly<Record<string, Buffer>> = {
  CausalConvWithState: one(
    'CausalConvWithState',
    {},
    { inputs: { x: ['float32', [1, 2, 4]], w: ['float32', [2, 1, 3]] } },
  ),
  DeformConv: one(
    'DeformConv',
    {},
    { inputs: { x: IMAGE, w: ['float32', [1, 2, 3, 3]], offset: ['float32', [1, 18, 6, 6]] }, opset: 19 },
  ),
  LinearAttention: one(
    'LinearAttention',
    { q_num_heads: 1, kv_num_heads: 1, update_rule: 'linear' },
    { inputs: { q: ['float32', [1, 2, 4]], k: ['float32', [1, 2, 4]], v: ['float32', [1, 2, 4]] } },
  ),
  NonZero: one('NonZero', {}, { outputs: { y: ['int64', null] } }),
  RoiAlign: one('RoiAlign', {}, { inputs: { x: IMAGE, r: ['float32', [1, 4]], i: ['int64', [1]] } }),
};

const SEQUENCES =
  'SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap SplitToSequence';

const refused = (kind: FindingKind, models: Readonly<Record<string, Buffer>>): RefusedModel[] =>
  Object.entries(models).map(([name, model]) => ({ name, kind, model }));
const byName = (operators: Iterable<string>): Readonly<Record<string, Buffer>> =>
  Object.fromEntries([...operators].map((operator) => [operator, one(operator)]));

/** Those that the parser refuses. */
export const REFUSED_BY_PARSER: readonly RefusedModel[] = [
  ...refused('operator', byName(UNKNOWN_OPERATORS)),
  ...refused('operator', PLUGINS),
  ...refused('sequence', byName([...SEQUENCES.split(' '), 'ConcatFromSequence'])),
  ...Object.entries(VALUES).map(([name, [kind, model]]) => ({ name, kind, model })),
  ...refused('quantization', QUANTIZATION),
  ...refused('attribute', ATTRIBUTES),
];

const boxes: Readonly<Record<string, Typed>> = { b: ['float32', [1, 8, 4]], s: ['float32', [1, 1, 8]] };
const indices: Readonly<Record<string, Typed>> = { y: ['float32', null], i: ['int64', null] };
const many: Parts = { inputs: { x: ['float32', [1, 5000]] }, weights: { k: whole(3841) }, outputs: indices };
const int4: Stored = ['int4', [3], Buffer.alloc(2)];

/** Those that the parser takes, and the builder refuses. */
export const REFUSED_BY_BUILDER: readonly RefusedModel[] = [
  ...refused('operator', {
    NonMaxSuppression: one(
      'NonMaxSuppression',
      {},
      { inputs: boxes, weights: { n: whole(3) }, outputs: { y: ['int64', null] } },
    ),
  }),
  ...refused('attribute', { 'TopK of 3841': one('TopK', {}, many) }),
  ...refused('element-type', {
    'Cast to float8': small([node('Cast', ['x'], ['c'], { to: 17 }), node('Cast', ['c'], ['y'], { to: 1 })], {
      opset: 19,
    }),
    'Cast from int4': small([node('Cast', ['w'], ['c'], { to: 1 }), node('Add', ['x', 'c'], ['y'])], {
      weights: { w: int4 },
      opset: 21,
    }),
  }),
];
