import { describe, expect, it } from 'vitest';
import type { ValueInfo } from '../../../dist/onnx/model-info.js';
import { checkRows } from '../../../dist/session/rows.js';
import { Tensor } from '../../../dist/tensor/tensor.js';

const input = (name: string, dims: ValueInfo['dims'], type: ValueInfo['type'] = 'float32'): ValueInfo => ({
  name,
  kind: 'tensor',
  type,
  dims,
});
const ones = (...dims: number[]): Tensor =>
  new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);

describe('checkRows', () => {
  const inputs = [input('a', ['n', null]), input('b', ['n', 2])];

  it('counts the rows of each part', () => {
    const part = (n: number) => ({ a: ones(n, 3), b: ones(n, 2) });
    expect(checkRows([part(1), part(0), part(4)], inputs)).toEqual([1, 0, 4]);
    expect(checkRows([{ x: ones(1) }, { x: ones(3) }], [input('x', [4])])).toEqual([1, 3]);
  });

  it.each<[string, unknown, ValueInfo[], string]>([
    ['no array', { a: 1 }, inputs, 'takes an array'],
    ['no part', [], inputs, 'takes an array'],
    ['rows that differ in one part', [{ a: ones(1, 3), b: ones(2, 2) }], inputs, 'Part 0: Input "b": has 2 rows'],
    [
      'parts that differ',
      [
        { a: ones(1, 3), b: ones(1, 2) },
        { a: ones(1, 4), b: ones(1, 2) },
      ],
      inputs,
      'Input "a": parts',
    ],
    ['a part without an input', [{ a: ones(1, 3), b: ones(1, 2) }, { a: ones(1, 3) }], inputs, 'Part 1: Input "b"'],
    ['a scalar', [{ x: ones() }], [input('x', null)], 'Part 0: Input "x": a scalar has no rows'],
    ['too many rows', [{ x: ones(2) }, { x: ones(2) }], [input('x', [3])], '4 rows together, and the model takes 3'],
  ])('refuses %s', (_what, parts, model, message) => {
    expect(() => checkRows(parts as never, model)).toThrow(
      expect.objectContaining({ code: 'ENGINERY_INVALID_FEED', message: expect.stringContaining(message) }),
    );
  });

  it('says which part is wrong', () => {
    const parts = [{ x: ones(1, 2) }, { x: ones(1, 3) }];
    expect(() => checkRows(parts, [input('x', ['n', 2])])).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ part: 1, input: 'x' }) }),
    );
  });

  it('refuses packed rows that begin within a byte', () => {
    const packed = (columns: number) => ({
      x: new Tensor('int4', new Uint8Array(Math.ceil(columns / 2)), [1, columns]),
    });
    const model = [input('x', ['n', null], 'int4')];
    expect(checkRows([packed(4), packed(4)], model)).toEqual([1, 1]);
    expect(() => checkRows([packed(3), packed(3)], model)).toThrow('does not fill whole bytes');
  });
});
