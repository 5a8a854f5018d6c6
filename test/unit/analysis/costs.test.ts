import { describe, expect, it } from 'vitest';
import { analyzeModel } from '../../../dist/index.js';
import type { Attribute } from '../../support/onnx-writer.js';
import { node } from '../../support/onnx-writer.js';
import { one, type Parts, small, type Typed } from '../../support/small-models.js';

const f = (...dims: (number | string)[]): Typed => ['float32', dims];
const bytesOf = (floats: number): number => 4 * floats;

describe('multiply-accumulates', () => {
  it.each<readonly [string, number | null, string, Readonly<Record<string, Attribute>>, NonNullable<Parts['inputs']>]>([
    ['a convolution', 4 * 6 * 6 * (3 * 3 * 3), 'Conv', {}, { x: f(1, 3, 8, 8), w: f(4, 3, 3, 3) }],
    ['two samples', 2 * 4 * 6 * 6 * (3 * 3 * 3), 'Conv', {}, { x: f(2, 3, 8, 8), w: f(4, 3, 3, 3) }],
    [
      'strides and pads',
      4 * 4 * 4 * 27,
      'Conv',
      { strides: [2, 2], pads: [1, 1, 1, 1] },
      { x: f(1, 3, 8, 8), w: f(4, 3, 3, 3) },
    ],
    ['two groups', 4 * 6 * 6 * (2 * 3 * 3), 'Conv', { group: 2 }, { x: f(1, 4, 8, 8), w: f(4, 2, 3, 3) }],
    ['a group per channel', 4 * 6 * 6 * (3 * 3), 'Conv', { group: 4 }, { x: f(1, 4, 8, 8), w: f(4, 1, 3, 3) }],
    ['a transposed convolution', 2 * 4 * 4 * (3 * 3 * 3), 'ConvTranspose', {}, { x: f(1, 2, 4, 4), w: f(2, 3, 3, 3) }],
    ['Gemm', 2 * 3 * 5, 'Gemm', {}, { a: f(2, 3), b: f(3, 5) }],
    ['Gemm, both transposed', 2 * 3 * 5, 'Gemm', { transA: 1, transB: 1 }, { a: f(3, 2), b: f(5, 3) }],
    ['a product of matrices', 2 * 3 * 5, 'MatMul', {}, { a: f(2, 3), b: f(3, 5) }],
    ['a batch of products', 4 * 5 * (2 * 3 * 6), 'MatMul', {}, { a: f(4, 1, 2, 3), b: f(5, 3, 6) }],
    ['a product of vectors', 3, 'MatMul', {}, { a: f(3), b: f(3) }],
    ['Einsum', 2 * 3 * 4 * 5, 'Einsum', { equation: 'bij, bjk -> bik' }, { a: f(2, 3, 4), b: f(2, 4, 5) }],
    ['Einsum of one input', 0, 'Einsum', { equation: 'ij->ji' }, { a: f(2, 3) }],
    [
      'LSTM',
      5 * 2 * (4 * 4 * 3 + 4 * 4 * 4),
      'LSTM',
      { hidden_size: 4 },
      { x: f(5, 2, 3), w: f(1, 16, 3), r: f(1, 16, 4) },
    ],
    [
      'LSTM in both directions',
      2 * 5 * 2 * (4 * 4 * 3 + 4 * 4 * 4),
      'LSTM',
      { hidden_size: 4, direction: 'bidirectional' },
      { x: f(5, 2, 3), w: f(2, 16, 3), r: f(2, 16, 4) },
    ],
    [
      'GRU',
      5 * 2 * (3 * 4 * 3 + 3 * 4 * 4),
      'GRU',
      { hidden_size: 4 },
      { x: f(5, 2, 3), w: f(1, 12, 3), r: f(1, 12, 4) },
    ],
    ['Attention', 2 * 4 * 6 * (8 + 10), 'Attention', {}, { q: f(1, 2, 4, 8), k: f(1, 2, 6, 8), v: f(1, 2, 6, 10) }],
    [
      'Attention with heads side by side',
      2 * 4 * 6 * (8 + 10),
      'Attention',
      { q_num_heads: 2, kv_num_heads: 2 },
      { q: f(1, 4, 16), k: f(1, 6, 16), v: f(1, 6, 20) },
    ],
    ['what only adds', 0, 'Add', {}, { a: f(2, 3), b: f(2, 3) }],
    ['a size that is open', null, 'MatMul', {}, { a: f(1, 'n', 3), b: f(3, 5) }],
    ['an operator that nobody knows', null, 'Frobnicate', {}, { x: f(2, 3) }],
  ])('of %s', async (_what, macs, operator, attributes, inputs) => {
    const analysis = await analyzeModel(one(operator, attributes, { inputs, opset: 23 }));
    expect(analysis.nodes[0]?.macs).toBe(macs);
    expect(analysis).toMatchObject({ macs: macs ?? 0, unknownNodes: macs === null ? 1 : 0 });
  });

  it('are those of the shapes that are given', async () => {
    const product = one('MatMul', {}, { inputs: { a: f('batch', 'n', 3), b: f(3, 5) } });
    expect(await analyzeModel(product, { shapes: { a: [7, 2, 3] } })).toMatchObject({ macs: 7 * 2 * 3 * 5, open: [] });
  });

  it('of a weight and its bytes are told at its node', async () => {
    const weights = { w: ['float32', [3, 5], Buffer.alloc(60)] } as const;
    const { nodes } = await analyzeModel(one('MatMul', {}, { inputs: { a: f(2, 3) }, weights }));
    expect(nodes).toMatchObject([{ operator: 'MatMul', macs: 30, weightBytes: 60, outputBytes: bytesOf(2 * 5) }]);
  });
});

describe('peakBytes', () => {
  const x = { x: f(1000) };
  const peak = async (nodes: readonly Buffer[], parts: Parts = {}) =>
    (await analyzeModel(small(nodes, { inputs: x, ...parts }))).peakBytes;

  it('of a chain counts the input and two values at a time', async () => {
    const chain = [node('Relu', ['x'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])];
    expect(await peak(chain)).toBe(bytesOf(3000));
  });

  it('of a diamond counts what waits for its other half', async () => {
    const diamond = [
      node('Relu', ['x'], ['a']),
      node('Neg', ['a'], ['b']),
      node('Abs', ['b'], ['c']),
      node('Add', ['a', 'c'], ['y']),
    ];
    // x and a, and of b, c and y two at a time.
    expect(await peak(diamond)).toBe(bytesOf(4000));
  });

  it('keeps outputs to the end, and drops at once what nobody uses', async () => {
    const nodes = [node('Relu', ['x'], ['y']), node('Neg', ['x'], ['unused']), node('Abs', ['x'], ['z'])];
    expect(await peak(nodes, { outputs: { y: f(1000), z: f(1000) } })).toBe(bytesOf(3000));
  });

  it('counts types by their size, and no constants', async () => {
    const nodes = [node('Constant', [], ['k'], { value_int: 1 }), node('Cast', ['x'], ['y'], { to: 10 })];
    expect(await peak(nodes, { outputs: { y: ['float16', null] } })).toBe(bytesOf(1000) + 2000);
  });

  it('is null where a shape is not known', async () => {
    expect(await peak([node('Frobnicate', ['x'], ['a']), node('Relu', ['a'], ['y'])])).toBeNull();
  });
});
