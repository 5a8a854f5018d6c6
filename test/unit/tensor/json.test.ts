import { describe, expect, it } from 'vitest';
import type { ElementType } from '../../../dist/tensor/element-type.js';
import { elementsToJson, tensorFromJson } from '../../../dist/tensor/json.js';
import { Tensor } from '../../../dist/tensor/tensor.js';

const read = (value: unknown, type: ElementType | null = 'float32'): Tensor => tensorFromJson(value, type, 'x.json');

describe('tensorFromJson', () => {
  it('takes dims from the nesting, and the type that is expected', () => {
    expect(
      read([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual(new Tensor('float32', new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]));
    expect(read(7)).toMatchObject({ dims: [] });
    expect(read([])).toMatchObject({ dims: [0] });
    expect(read([[], []])).toMatchObject({ dims: [2, 0] });
  });

  it('takes type and dims where they are written', () => {
    const value = { type: 'int64', dims: [1, 2], data: ['9007199254740993', -1] };
    expect(read(value)).toEqual(new Tensor('int64', new BigInt64Array([9007199254740993n, -1n]), [1, 2]));
    expect(read({ data: [[1, 0]] }, 'bool')).toEqual(new Tensor('bool', new Uint8Array([1, 0]), [1, 2]));
  });

  it('reads what JSON has no numbers for, booleans and strings', () => {
    const values = new Float32Array([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(read(['NaN', 'Infinity', '-Infinity']).data).toEqual(values);
    expect(read([true, false, 1], 'bool').data).toEqual(new Uint8Array([1, 0, 1]));
    expect(read(['a', ''], 'string').data).toEqual(['a', '']);
  });

  it.each<[unknown, ElementType | null, string]>([
    [[[1, 2], [3]], 'float32', 'x.json: the arrays differ in length or depth'],
    [[1, [2]], 'float32', 'differ in length or depth'],
    [[[1], 2], 'float32', 'differ in length or depth'],
    [[[], [[]]], 'float32', 'differ in length or depth'],
    [{ dims: [3], data: [1, 2] }, 'float32', '2 elements do not fit dims [3]'],
    [{ dims: 'x', data: [1] }, 'float32', '1 elements do not fit dims "x"'],
    [{ type: 'float', data: [1] }, null, 'element type "float" is unknown'],
    [[1], null, 'element type null is unknown'],
    [[null], 'float32', 'null is no float32'],
    [['1'], 'float32', '"1" is no float32'],
    [[300], 'uint8', '300 is no uint8'],
    [[1.5], 'int32', '1.5 is no int32'],
    [[-1], 'uint64', '-1 is no uint64'],
    [[2 ** 60], 'int64', 'is no int64'],
    [['99999999999999999999'], 'int64', '"99999999999999999999" is no int64'],
    [[2], 'bool', '2 is no bool'],
    [[1], 'string', '1 is no string'],
    [[8], 'int4', '8 is no int4'],
    [[1], 'complex64', 'complex64 is not read from JSON'],
  ])('refuses %j as %s', (value, type, message) => {
    expect(() => read(value, type)).toThrow(message);
  });

  it('rounds to small floats, and packs small integers', () => {
    expect(read([1, -2, 1e9], 'float16').data).toEqual(new Uint16Array([0x3c00, 0xc000, 0x7c00]));
    expect(read([1, -2, 7], 'int4').data).toEqual(new Uint8Array([0xe1, 7]));
  });

  it('is not brought down by deep nesting', () => {
    expect(() => read(JSON.parse('['.repeat(5000) + ']'.repeat(5000)))).toThrow('differ in length or depth');
  });
});

describe('elementsToJson', () => {
  it('loses nothing', () => {
    expect(elementsToJson(new Tensor('int64', new BigInt64Array([2n ** 62n]), [1]))).toEqual(['4611686018427387904']);
    expect(elementsToJson(new Tensor('float32', new Float32Array([1, Number.NaN]), [2]))).toEqual([1, 'NaN']);
    expect(elementsToJson(new Tensor('float16', new Uint16Array([0x3c00, 0xfc00]), [2]))).toEqual([1, '-Infinity']);
    expect(elementsToJson(new Tensor('int4', new Uint8Array([0xe1, 7]), [3]))).toEqual([1, -2, 7]);
    expect(elementsToJson(new Tensor('string', ['a'], [1]))).toEqual(['a']);
  });
});
