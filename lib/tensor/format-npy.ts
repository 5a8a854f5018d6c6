/** Writing NumPy's file format, `.npy`. */

import { EngineryError } from '../errors.js';
import type { ElementType } from './element-type.js';
import { bytesOf } from './storage.js';
import type { Tensor } from './tensor.js';

const DESCRIPTIONS: Readonly<Partial<Record<ElementType, string>>> = {
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  int8: '|i1',
  int16: '<i2',
  int32: '<i4',
  int64: '<i8',
  uint8: '|u1',
  uint16: '<u2',
  uint32: '<u4',
  uint64: '<u8',
  bool: '|b1',
  complex64: '<c8',
  complex128: '<c16',
};

/** The data begins at a multiple of this many bytes. */
const ALIGNMENT = 64;

/**
 * A tensor as `numpy.save` writes an array.
 *
 * @param name - What to call it in messages.
 * @returns the file in two parts, header and data, the data without a copy
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` for types that NumPy has not: bfloat16, float8, 4- and 2-bit types; and strings.
 */
export function formatNpy({ type, dims, data }: Tensor, name: string): [header: Uint8Array, data: Uint8Array] {
  const description = DESCRIPTIONS[type];
  if (description === undefined || !ArrayBuffer.isView(data)) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${name} is ${type}, which .npy files cannot hold`);
  }
  // A tuple of one has a comma in Python.
  const shape = `(${dims.join(', ')}${dims.length === 1 ? ',' : ''})`;
  const start = `{'descr': '${description}', 'fortran_order': False, 'shape': ${shape}, }`;
  const before = 10;
  const length = Math.ceil((before + start.length + 1) / ALIGNMENT) * ALIGNMENT - before;
  const header = Buffer.alloc(before + length, ' ', 'latin1');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(start, before, 'latin1');
  header.write('\n', before + length - 1, 'latin1');
  return [header, bytesOf(data)];
}
