import { describe, expect, it } from 'vitest';
import type { ElementType } from '../../../dist/tensor/element-type.js';
import { formatNpy, parseNpy } from '../../../dist/tensor/npy.js';
import { elementsOf, type TensorData } from '../../../dist/tensor/storage.js';
import { Tensor } from '../../../dist/tensor/tensor.js';

function npy(header: string, data: Uint8Array, version = 1): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return Buffer.concat([
    Buffer.from('\x93NUMPY', 'latin1'),
    Buffer.from([version, 0]),
    length,
    Buffer.from(header),
    data,
  ]);
}

const bytes = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const floats = bytes(new Float32Array([1, 2, 3, 4, 5, 6]));

describe('parseNpy', () => {
  it.each([1, 2, 3])('reads version %i', (version) => {
    const file = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n", floats, version);
    const tensor = parseNpy(file, 'x.npy');
    expect(tensor).toMatchObject({ type: 'float32', dims: [2, 3] });
    expect(tensor.data).toEqual(new Float32Array([1, 2, 3, 4, 5, 6]));
  });

  it('reads scalars, vectors and other types', () => {
    const scalar = parseNpy(
      npy("{'descr': '<i8', 'fortran_order': False, 'shape': (), }", bytes(new BigInt64Array([-5n]))),
      'x',
    );
    expect(scalar).toMatchObject({ type: 'int64', dims: [], data: new BigInt64Array([-5n]) });
    const vector = parseNpy(npy("{'descr': '|b1', 'fortran_order': True, 'shape': (2,), }", Uint8Array.of(1, 0)), 'x');
    expect(vector).toMatchObject({ type: 'bool', dims: [2], data: Uint8Array.of(1, 0) });
    const halves = parseNpy(
      npy("{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }", Uint8Array.of(0, 0x3c, 0, 0xc0)),
      'x',
    );
    expect(halves).toMatchObject({ type: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0xc000) });
  });

  it.each<[string, Buffer, string]>([
    ['text', Buffer.from('hello, this is text'), 'x.npy is no .npy file'],
    ['nothing', Buffer.alloc(0), 'is no .npy file'],
    [
      'a cut header',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", floats).subarray(0, 30),
      'header',
    ],
    ['a cut version 2', Buffer.from('\x93NUMPY\x02\x00\x01\x00', 'latin1'), 'cut short'],
    ['big-endian data', npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", floats), 'holds >f4'],
    ['objects', npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", floats), 'holds |O'],
    ['records', npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", floats), 'structured'],
    ['column-major data', npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", floats), 'column-major'],
    ['short data', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }", floats), 'do not fit'],
    [
      'half an element',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", floats.subarray(1)),
      'do not fit',
    ],
  ])('refuses %s', (_what, file, message) => {
    expect(() => parseNpy(file, 'x.npy')).toThrow(message);
  });
});

describe('formatNpy', () => {
  it.each<[ElementType, string]>([
    ['float16', '<f2'],
    ['float32', '<f4'],
    ['float64', '<f8'],
    ['int8', '|i1'],
    ['int16', '<i2'],
    ['int32', '<i4'],
    ['int64', '<i8'],
    ['uint8', '|u1'],
    ['uint16', '<u2'],
    ['uint32', '<u4'],
    ['uint64', '<u8'],
    ['bool', '|b1'],
    ['complex64', '<c8'],
    ['complex128', '<c16'],
  ])('writes %s as %s, which is read back', (type, descr) => {
    const data = elementsOf(
      type as 'bool',
      Uint8Array.from({ length: 96 }, (_, i) => i),
    );
    const bytesPerElement =
      type === 'complex64' ? 8 : type === 'complex128' ? 16 : (data as Uint8Array).BYTES_PER_ELEMENT;
    const tensor = new Tensor(type, data, [2, 48 / bytesPerElement]);
    const file = formatNpy(tensor);
    expect(Buffer.from(file).toString('latin1')).toContain(`'descr': '${descr}'`);
    expect(parseNpy(file, 'x')).toEqual(tensor);
  });

  it.each([[[]], [[1]], [[1, 1, 1]], [Array(60).fill(1)]])('aligns the data after shape %j', (dims: number[]) => {
    const tensor = new Tensor('float32', Float32Array.of(7), dims);
    const file = formatNpy(tensor);
    expect((file.length - 4) % 64).toBe(0);
    expect(parseNpy(file, 'x')).toEqual(tensor);
  });

  it('writes what NumPy writes', () => {
    const header = "{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }";
    const file = npy(`${header.padEnd(117)}\n`, Uint8Array.of(0, 0x3c, 0, 0xc0));
    expect(formatNpy(new Tensor('float16', Uint16Array.of(0x3c00, 0xc000), [2]))).toEqual(file);
  });

  it.each<[ElementType, TensorData]>([
    ['bfloat16', new Uint16Array(1)],
    ['int4', new Uint8Array(1)],
    ['string', ['a']],
  ])('refuses %s by name', (type, data) => {
    expect(() => formatNpy({ type, data, dims: [1] })).toThrow(`${type} cannot be written as .npy`);
  });

  it('refuses what is no tensor', () => {
    expect(() => formatNpy({ type: 'float32', data: new Float32Array(1), dims: [2] })).toThrow('This is no tensor');
  });
});
