import { describe, expect, it } from 'vitest';
import { bindDims } from '../../../dist/analysis/bind-dims.js';
import type { Dim, ValueInfo } from '../../../dist/onnx/model-info.js';

const input = (name: string, dims: readonly Dim[] | null): ValueInfo => ({
  name,
  kind: 'tensor',
  type: 'float32',
  dims,
});
const bind = (inputs: readonly ValueInfo[], given: Readonly<Record<string, readonly number[]>> = {}) =>
  bindDims(inputs, new Map(Object.entries(given)));

describe('bindDims', () => {
  it('takes a first dim that nobody gave as 1, by its name everywhere', () => {
    const bound = bind([input('x', ['batch', 3, 'height']), input('mask', [8, 'batch'])]);
    expect(bound.shapes.get('x')).toEqual([1, 3, 'height']);
    expect(bound.shapes.get('mask')).toEqual([8, 1]);
    expect(bound).toMatchObject({ assumed: ['batch'], open: ['height'] });
    expect([...bound.names]).toEqual([['batch', 1]]);
  });

  it('writes dims without a name by their place', () => {
    const bound = bind([input('x', [null, 3, null])]);
    expect(bound.shapes.get('x')).toEqual([1, 3, null]);
    expect(bound).toMatchObject({ assumed: ['x[0]'], open: ['x[2]'] });
  });

  it('gives names the sizes of one input in all others, whatever their order', () => {
    const bound = bind([input('mask', ['batch', 'length']), input('x', ['batch', 'length', 16])], { x: [4, 7, 16] });
    expect(bound.shapes.get('mask')).toEqual([4, 7]);
    expect(bound).toMatchObject({ assumed: [], open: [] });
  });

  it('takes any shape where none is known, and says nothing where none was given', () => {
    expect(bind([input('x', null)], { x: [2, 2] }).shapes.get('x')).toEqual([2, 2]);
    expect(bind([input('x', null)])).toMatchObject({ assumed: [], open: [] });
    expect(bind([input('x', [])]).shapes.get('x')).toEqual([]);
  });

  it.each([
    ['has no input', [input('x', [1])], { y: [1] }, /has no input 'y'/],
    ['another rank', [input('x', ['n', 3])], { x: [1, 3, 1] }, /x is \[n, 3\], not of rank 3/],
    ['another size', [input('x', ['n', 3])], { x: [1, 4] }, /3 is 3, not 4/],
    ['a negative size', [input('x', ['n', 3])], { x: [-1, 3] }, /a size of -1 is impossible/],
    ['two sizes for a name in one input', [input('x', ['n', 'n'])], { x: [2, 3] }, /n is 2, not 3/],
    ['two sizes for a name in two', [input('a', ['n']), input('b', ['n'])], { a: [2], b: [3] }, /n is 2, not 3/],
  ] as const)('refuses %s', (_what, inputs, given, message) => {
    expect(() => bind(inputs, given)).toThrow(
      expect.objectContaining({ code: 'ENGINERY_INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });
});
