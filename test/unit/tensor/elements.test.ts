import { describe, expect, it } from 'vitest';
import type { ElementType } from '../../../dist/tensor/element-type.js';
import { decodeElements, encodeElements } from '../../../dist/tensor/elements.js';
import type { TensorData } from '../../../dist/tensor/storage.js';
import { Tensor } from '../../../dist/tensor/tensor.js';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** Every code of a type, in order. */
const CODES: readonly [ElementType, TensorData][] = [
  ['float16', Uint16Array.from({ length: 65536 }, (_, i) => i)],
  ['bfloat16', Uint16Array.from({ length: 65536 }, (_, i) => i)],
  ['int16', Int16Array.from({ length: 65536 }, (_, i) => i)],
  ['uint16', Uint16Array.from({ length: 65536 }, (_, i) => i)],
  ['int8', Int8Array.from({ length: 256 }, (_, i) => i)],
  ...(['uint8', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'float8e8m0'] as const).map(
    (type): [ElementType, TensorData] => [type, Uint8Array.from({ length: 256 }, (_, i) => i)],
  ),
  // Two and four in each byte, every combination of them.
  ...(['float4e2m1', 'int4', 'uint4', 'int2', 'uint2'] as const).map((type): [ElementType, TensorData] => [
    type,
    Uint8Array.from({ length: 256 }, (_, i) => i),
  ]),
  ['bool', Uint8Array.of(0, 1)],
];

/** As `toEqual`, and quick on long arrays. */
const same = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((x, i) => Object.is(x, b[i]));

describe('every code', () => {
  it.each(CODES)('of %s comes back from its number', (type, data) => {
    const codes = data as Uint8Array;
    const numbers = decodeElements(type, codes);
    const back = encodeElements(type, numbers, { saturate: false });
    expect(back.constructor).toBe(codes.constructor);
    // NaN has several codes, and becomes one of them.
    const isBack = (code: number, i: number): boolean =>
      code === codes[i] || (numbers.length === codes.length && Number.isNaN(numbers[i]));
    expect(back.every(isBack)).toBe(true);
    expect(same(decodeElements(type, back), numbers)).toBe(true);
  });

  it.each<[ElementType, number]>([
    ['float16', 2046],
    ['bfloat16', 254],
    ['float8e4m3fn', 2],
    ['float8e4m3fnuz', 1],
    ['float8e5m2', 6],
    ['float8e5m2fnuz', 1],
    ['float8e8m0', 1],
    ['float4e2m1', 0],
  ])('of %s that is NaN decodes to NaN: %i of them', (type, count) => {
    const codes = CODES.find(([name]) => name === type)?.[1] as TensorData;
    expect(decodeElements(type, codes).filter(Number.isNaN)).toHaveLength(count);
  });

  it('of bfloat16 is the upper half of a float32', () => {
    const codes = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const floats = new Float32Array(Uint32Array.from(codes, (code) => code * 65536).buffer);
    expect(same(decodeElements('bfloat16', codes), floats)).toBe(true);
  });
});

// Taken from ml_dtypes 0.6 and NumPy, and for what they leave to ONNX from its pages on float8, float4 and Cast.
describe('edge cases', () => {
  it.each<[ElementType, [x: number, code: number][]]>([
    [
      'float16',
      [
        [1, 0x3c00],
        [-0, 0x8000],
        [65504, 0x7bff],
        [65519.99, 0x7bff], // rounds down to the largest
        [65520, 0x7c00], // a tie: up, to infinity
        [-1e6, 0xfc00],
        [inf, 0x7c00],
        [nan, 0x7e00],
        [2049, 0x6800], // ties to even, down and up
        [2051, 0x6802],
        [2 ** -24, 1],
        [2 ** -25, 0], // half the least: to even
        [2 ** -25 * 1.001, 1],
        [6.103515625e-5, 0x0400], // the least that is normal
        [6.1e-5, 0x03ff],
        [1 + 2 ** -11 + 2 ** -40, 0x3c01], // once, from float64: by way of float32 it would be a tie
      ],
    ],
    [
      'bfloat16',
      [
        [1, 0x3f80],
        [3.3895313892515355e38, 0x7f7f],
        [3.4028234663852886e38, 0x7f80],
        [1 + 2 ** -8, 0x3f80],
        [1 + 3 * 2 ** -8, 0x3f82],
        [2 ** -133, 1],
        [2 ** -134, 0],
        [-inf, 0xff80],
        [nan, 0x7fc0],
      ],
    ],
    [
      'float8e4m3fn',
      [
        [448, 0x7e],
        [464, 0x7e],
        [465, 0x7e],
        [inf, 0x7e],
        [-1e9, 0xfe],
        [nan, 0x7f],
        [-0, 0x80],
        [2 ** -9, 1],
        [2 ** -10, 0],
        [1.0625, 0x38],
        [1.1875, 0x3a],
      ],
    ],
    [
      'float8e4m3fnuz',
      [
        [240, 0x7f],
        [inf, 0x7f],
        [-inf, 0xff],
        [nan, 0x80],
        [-0, 0],
        [-(2 ** -12), 0],
      ],
    ],
    [
      'float8e5m2',
      [
        [57344, 0x7b],
        [1e9, 0x7b],
        [-inf, 0xfb],
        [nan, 0x7e],
        [2 ** -16, 1],
        [1.125, 0x3c],
        [1.375, 0x3e],
      ],
    ],
    [
      'float8e5m2fnuz',
      [
        [57344, 0x7f],
        [-inf, 0xff],
        [nan, 0x80],
        [-0, 0],
        [2 ** -17, 1],
      ],
    ],
    [
      'float8e8m0',
      [
        [1, 127],
        [1.0001, 128],
        [0, 0],
        [1e-40, 0],
        [2 ** 127, 254],
        [3e38, 254],
        [inf, 254],
        [-1, 255],
        [nan, 255],
      ],
    ],
  ])('%s', (type, cases) => {
    for (const [x, code] of cases) expect([x, ...encodeElements(type, [x])]).toEqual([x, code]);
  });

  it('without saturation, what is too large becomes infinity or NaN', () => {
    const codes = (type: ElementType): number[] => [
      ...encodeElements(type, [464, 465, -1e9, inf], { saturate: false }),
    ];
    expect(codes('float8e4m3fn')).toEqual([0x7e, 0x7f, 0xff, 0x7f]);
    expect(codes('float8e4m3fnuz')).toEqual([0x80, 0x80, 0x80, 0x80]);
    expect(codes('float8e5m2')).toEqual([0x5f, 0x5f, 0xfc, 0x7c]);
    expect(codes('float8e5m2fnuz')).toEqual([0x63, 0x63, 0x80, 0x80]);
    expect([...encodeElements('float8e8m0', [0, 1e-40, inf], { saturate: false })]).toEqual([255, 255, 255]);
  });

  it('integers round half to even and saturate', () => {
    const values = [0.5, 1.5, -0.5, -1.5, 2.5, 1e9, -inf, nan];
    expect([...encodeElements('int8', values)]).toEqual([0, 2, 0, -2, 2, 127, -128, 0]);
    expect([...encodeElements('uint16', values)]).toEqual([0, 2, 0, 0, 2, 65535, 0, 0]);
    expect([...decodeElements('int4', encodeElements('int4', values))]).toEqual([0, 2, 0, -2, 2, 7, -8, 0]);
    expect([...encodeElements('bool', [0, -0, 0.1, nan])]).toEqual([0, 0, 1, 1]);
  });
});

describe('packing', () => {
  it('puts the first element into the low bits', () => {
    expect(encodeElements('int4', [1, -2, 3])).toEqual(Uint8Array.of(0xe1, 0x03));
    expect(encodeElements('uint2', [0, 1, 2, 3, 2])).toEqual(Uint8Array.of(0b11100100, 2));
    expect(encodeElements('int2', [-2, 1, -1])).toEqual(Uint8Array.of(0b110110));
    // ONNX: NaN, infinity and all beyond become 6.
    expect(encodeElements('float4e2m1', [0.5, -6, 5, nan, -inf])).toEqual(Uint8Array.of(0xf1, 0x76, 0x0f));
  });

  it('tells padding from elements by the count', () => {
    const data = encodeElements('int4', [1, -2, 3]);
    expect(decodeElements('int4', data, 3)).toEqual(Float32Array.of(1, -2, 3));
    expect(decodeElements('int4', data)).toEqual(Float32Array.of(1, -2, 3, 0));
  });

  it('makes what a tensor takes', () => {
    for (const type of ['float16', 'bfloat16', 'float8e5m2', 'float8e8m0', 'int4', 'int2', 'bool', 'int8'] as const) {
      expect(new Tensor(type, encodeElements(type, [1, 0, 1]), [3]).type).toBe(type);
    }
  });
});

describe('arrays', () => {
  it('of part of a buffer, and a Float16Array, are understood', () => {
    const memory = Uint16Array.of(9, 0x3c00, 0xc000);
    expect(decodeElements('float16', memory.subarray(1))).toEqual(Float32Array.of(1, -2));
    // Older Nodes have no Float16Array: it is recognised by its tag.
    class Halves extends Uint16Array {
      override get [Symbol.toStringTag](): never {
        return 'Float16Array' as never;
      }
    }
    const halves = Halves.of(0x3c00, 0xc000) as never;
    expect(new Tensor('float16', halves, [2]).data).toBe(halves);
    expect(decodeElements('float16', halves)).toEqual(Float32Array.of(1, -2));
    expect(decodeElements('float32', Float32Array.of(0.1, 2), 1)).toEqual(Float32Array.of(0.1));
    expect(encodeElements('float32', [0.1])).toEqual(Float32Array.of(0.1));
  });

  it.each<[string, () => unknown]>([
    ['int64 elements are not converted', () => encodeElements('int64', [1])],
    ['string elements are not converted', () => decodeElements('string', ['1'])],
    ['nonsense elements are not converted', () => encodeElements('nonsense' as never, [1])],
    ['values[1] is a bigint, expected a number', () => encodeElements('float16', [1, 2n] as never)],
    [
      'float16 elements are in a Uint16Array or Float16Array, not in Float32Array',
      () => decodeElements('float16', new Float32Array(1)),
    ],
    ['count is 3, and the data holds 2 elements of int4', () => decodeElements('int4', new Uint8Array(1), 3)],
    ['count is -1', () => decodeElements('float16', new Uint16Array(1), -1)],
  ])('%s', (message, attempt) => {
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code: 'ENGINERY_INVALID_ARGUMENT' }));
  });
});
