import { describe, expect, it } from 'vitest';
import type { ElementType } from '../../../dist/tensor/element-type.js';
import { formatNpy } from '../../../dist/tensor/format-npy.js';
import { parseNpy } from '../../../dist/tensor/npy.js';
import { Tensor, type TensorData } from '../../../dist/tensor/tensor.js';

describe('formatNpy', () => {
  it('writes what numpy.save writes', () => {
    const [header] = formatNpy(new Tensor('float32', new Float32Array(6), [2, 3]), 'x');
    const start = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    expect(Buffer.from(header).toString('latin1')).toBe(`\x93NUMPY\x01\x00v\x00${start.padEnd(117)}\n`);
  });

  it.each<[ElementType, TensorData, number[]]>([
    ['float32', new Float32Array([1, -2, Number.NaN]), [3]],
    ['float64', new Float64Array([0.1]), []],
    ['float16', new Uint16Array([0x3c00, 0xfc00]), [1, 2]],
    ['int64', new BigInt64Array([-(2n ** 63n), 5n]), [2, 1]],
    ['uint64', new BigUint64Array([2n ** 64n - 1n]), [1]],
    ['bool', new Uint8Array([0, 1]), [2]],
    ['int8', new Int8Array([-128]), [1]],
    ['complex64', new Float32Array([1, 2]), [1]],
    ['float32', new Float32Array(0), [0, 3]],
  ])('%s comes back as it was', (type, data, dims) => {
    const tensor = new Tensor(type, data, dims);
    expect(parseNpy(Buffer.concat(formatNpy(tensor, 'x')), 'x')).toEqual(tensor);
  });

  it('refuses what NumPy has not', () => {
    const tensor = new Tensor('bfloat16', new Uint16Array(1), [1]);
    expect(() => formatNpy(tensor, 'output "y"')).toThrow('output "y" is bfloat16, which .npy files cannot hold');
    expect(() => formatNpy(new Tensor('string', ['a'], [1]), 'y')).toThrow('y is string');
  });
});
