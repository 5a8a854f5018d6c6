/** NumPy's file format, `.npy`: one array. */

import { EngineryError } from '../errors.js';
import type { ElementType } from './element-type.js';
import { bytesOf, elementsOf } from './storage.js';
import { Tensor, type TensorLike, tensorFault } from './tensor.js';

const TYPES: Readonly<Record<string, Exclude<ElementType, 'string'>>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
  c8: 'complex64',
  c16: 'complex128',
};

/** Magic, version and a 2-byte header length: what lies before the header in version 1. */
const PREFIX_BYTES = 10;

/**
 * Reads an array that `numpy.save` wrote: little-endian, in row-major order.
 *
 * @param file - The file's bytes. Copied.
 * @param name - What to call it in messages.
 * @returns A tensor of the array's type and shape: integers of 8 to 64 bits, float16 to float64, complex numbers, bool.
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` for anything else.
 * @example
 * ```ts
 * const image = parseNpy(await readFile('image.npy'), 'image.npy');
 * ```
 */
export function parseNpy(file: Uint8Array, name: string): Tensor {
  const fail = (what: string): EngineryError => new EngineryError('ENGINERY_INVALID_ARGUMENT', `${name} ${what}`);
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 10 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY') throw fail('is no .npy file');
  const wide = (bytes[6] as number) > 1; // version 1 has a 2-byte header length
  if (wide && bytes.length < 12) throw fail('is cut short');
  const start = wide ? 12 : 10;
  const end = start + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const header = bytes.toString('utf8', start, end);

  const descr = /'descr':\s*'([<>=|])(\w+)'/.exec(header);
  const order = /'fortran_order':\s*(True|False)/.exec(header);
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(header);
  if (end > bytes.length || descr === null || order === null || shape === null) {
    throw fail('has a header that is not understood: structured and object arrays cannot be read');
  }
  const type = TYPES[descr[2] as string];
  if (type === undefined || descr[1] === '>') throw fail(`holds ${descr[1]}${descr[2]}, which cannot be read`);
  const dims = (shape[1] as string)
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => Number.parseInt(part, 10));
  if (order[1] === 'True' && dims.length > 1) {
    throw fail('is in column-major order; save numpy.ascontiguousarray(array) instead');
  }
  // Copied, as the data need not lie on a multiple of its element's size.
  const data = new Uint8Array(bytes.subarray(end));
  try {
    return new Tensor(type, elementsOf(type, data), dims);
  } catch (cause) {
    throw new EngineryError(
      'ENGINERY_INVALID_ARGUMENT',
      `${name} has ${data.length} bytes of data, which do not fit its shape (${dims})`,
      {
        cause,
      },
    );
  }
}

/**
 * Writes a tensor as the bytes of an `.npy` file, which `numpy.load` reads.
 *
 * @param tensor - Of a type that NumPy has: integers of 8 to 64 bits, float16 to float64, complex numbers, bool.
 * @returns The file's bytes: version 1 of the format, little-endian, in row-major order.
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` for other types, and what is no tensor. {@link decodeElements} makes float32
 * of bfloat16 and smaller types.
 * @example
 * ```ts
 * const { scores } = await session.run(feeds);
 * await writeFile('scores.npy', formatNpy(scores));
 * ```
 */
export function formatNpy(tensor: TensorLike): Uint8Array {
  const fault = tensorFault(tensor);
  if (fault !== undefined) throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `This is no tensor: ${fault}`);
  const { type, dims, data } = tensor;
  const code = Object.keys(TYPES).find((name) => TYPES[name] === type);
  if (code === undefined) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${type} cannot be written as .npy: NumPy has no such type`);
  }
  const descr = `${code.endsWith('1') ? '|' : '<'}${code}`; // bytes have no order
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  // The data starts at a multiple of 64, as the format asks.
  const start = Math.ceil((PREFIX_BYTES + header.length + 1) / 64) * 64;
  const file = Buffer.alloc(start, ' ');
  file.write('\x93NUMPY\x01\x00', 'latin1');
  file.writeUInt16LE(start - PREFIX_BYTES, PREFIX_BYTES - 2);
  file.write(header, PREFIX_BYTES);
  file[start - 1] = 0x0a;
  return Buffer.concat([file, bytesOf(data as ArrayBufferView)]);
}
