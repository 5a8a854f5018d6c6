import { describe, expect, it } from 'vitest';
import { parseNpy } from '../../../dist/tensor/npy.js';

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
    expect(vector).toMatchObject({ type: 'bool', dims: [2] });
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
