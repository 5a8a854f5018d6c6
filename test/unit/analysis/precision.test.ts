import { expect, test } from 'vitest';
import { analyzeModel } from '../../../dist/index.js';
import { fp8, fp16, fp32Conv, int4, int8Qdq } from '../../support/models.js';
import { node } from '../../support/onnx-writer.js';
import { small } from '../../support/small-models.js';

const CONV = 4 * 6 * 6 * 9;

test.each([
  [
    'int8 with QuantizeLinear and DequantizeLinear',
    int8Qdq(),
    [{ type: 'int8', weightType: null, nodes: 1, macs: CONV }],
  ],
  ['float8', fp8(), [{ type: 'float8e4m3fn', weightType: null, nodes: 1, macs: 64 * 32 }]],
  ['weights of int4 alone', int4(), [{ type: 'float16', weightType: 'int4', nodes: 1, macs: 64 * 32 }]],
  ['float16', fp16(), [{ type: 'float16', weightType: null, nodes: 2, macs: CONV }]],
  ['float32', fp32Conv(), [{ type: 'float32', weightType: null, nodes: 4, macs: CONV + 1440 }]],
])('a model in %s', async (_what, model, precision) => {
  expect((await analyzeModel(model)).precision).toEqual(precision);
});

test('a model in several types, the one with most products first', async () => {
  const nodes = [
    node('Relu', ['x'], ['r']),
    node('Cast', ['r'], ['h'], { to: 10 }),
    node('MatMul', ['h', 'w'], ['p']),
    node('Cast', ['p'], ['y'], { to: 1 }),
  ];
  const { precision } = await analyzeModel(small(nodes, { weights: { w: ['float16', [3, 5], Buffer.alloc(30)] } }));
  expect(precision).toEqual([
    { type: 'float16', weightType: null, nodes: 2, macs: 30 },
    { type: 'float32', weightType: null, nodes: 2, macs: 0 },
  ]);
});
