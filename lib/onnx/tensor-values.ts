/** The values of a stored tensor: from their places in a file to the layout of `raw_data`. */

import { EngineryError } from '../errors.js';
import { type ElementType, elementBytes, elementTypeOf } from '../tensor/element-type.js';
import { invalidModel } from './model-source.js';
import { fileError, openFile } from './open-file.js';
import { called, type StoredTensor, type ValuePlace } from './tensor-reader.js';

const RAW_DATA = 9;
const INT32_DATA = 5;
const INT64_DATA = 7;
const UINT64_DATA = 11;

/** What of TensorProto holds the values of a type where `raw_data` does not. */
const FIELDS: Readonly<Partial<Record<ElementType, number>>> = {
  float32: 4,
  complex64: 4,
  float64: 10,
  complex128: 10,
  int64: INT64_DATA,
  uint32: UINT64_DATA,
  uint64: UINT64_DATA,
};

/**
 * Reads the values of a tensor that lie in the model itself.
 *
 * @param model - Path or bytes of the model.
 * @param name - The model's name, for messages.
 */
export async function readValues(
  model: string | Uint8Array,
  name: string,
  tensor: StoredTensor,
  places: readonly ValuePlace[],
): Promise<Uint8Array> {
  const type = elementTypeOf(tensor.type);
  const raw = places.filter(({ field }) => field === RAW_DATA);
  // A type that ONNX 1.22 does not have: what is stored is all there is to say.
  if (type === null || raw.some(({ bytes }) => bytes > 0)) {
    const stored = sizeOf(raw);
    if (stored !== tensor.bytes) throw wrongCount(name, tensor, `${stored} bytes`, `${tensor.bytes}`);
    return readPlaces(model, name, raw, stored);
  }
  const field = FIELDS[type] ?? INT32_DATA;
  const parts = places.filter((place) => place.field === field);
  const stored = sizeOf(parts);
  if (field !== INT32_DATA && field !== INT64_DATA && field !== UINT64_DATA) {
    if (stored !== tensor.bytes) throw wrongCount(name, tensor, `${stored} bytes`, `${tensor.bytes}`);
    return readPlaces(model, name, parts, stored);
  }
  // One number for each element, but of types narrower than a byte one for each byte.
  const width = Math.max(1, (elementBytes(type, 8) ?? 0) / 8);
  const count = tensor.bytes / width;
  if (stored < count) throw wrongCount(name, tensor, `${stored} bytes of numbers`, `${count} numbers`);
  return decodeVarints(await readPlaces(model, name, parts, stored), name, tensor, width);
}

/** Reads a part of a file, which must be there. */
export async function readPart(path: string, position: number, bytes: number): Promise<Uint8Array> {
  return readPlaces(path, path, [{ field: RAW_DATA, position, bytes }], bytes);
}

function sizeOf(places: readonly ValuePlace[]): number {
  return places.reduce((sum, { bytes }) => sum + bytes, 0);
}

// One call reads no more than 2 GiB.
const LARGEST_READ = 2 ** 30;

/** `bytes` is what the places have together. */
async function readPlaces(
  model: string | Uint8Array,
  name: string,
  places: readonly ValuePlace[],
  bytes: number,
): Promise<Uint8Array> {
  const out = allocate(name, bytes);
  let at = 0;
  if (typeof model !== 'string') {
    for (const place of places) {
      out.set(model.subarray(place.position, place.position + place.bytes), at);
      at += place.bytes;
    }
    return out;
  }
  const { handle } = await openFile(model, (what) => invalidModel(name, `is ${what} now`));
  try {
    for (const place of places) {
      for (let done = 0; done < place.bytes; ) {
        const length = Math.min(place.bytes - done, LARGEST_READ);
        const { bytesRead } = await handle.read(out, at, length, place.position + done).catch((error) => {
          throw fileError(model, error);
        });
        if (bytesRead === 0) throw invalidModel(name, 'became shorter while it was read', place.position + done);
        done += bytesRead;
        at += bytesRead;
      }
    }
    return out;
  } finally {
    await handle.close();
  }
}

function allocate(name: string, bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    const message = `${name}: a tensor of ${bytes} bytes does not fit into the memory`;
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', message, { cause });
  }
}

/** Varints to little-endian numbers of `width` bytes. */
function decodeVarints(stored: Uint8Array, name: string, tensor: StoredTensor, width: number): Uint8Array {
  const out = new Uint8Array(tensor.bytes);
  const number = new Uint32Array(2);
  const bytes = new Uint8Array(number.buffer, 0, width);
  let at = 0;
  let written = 0;
  while (at < stored.length) {
    let low = 0;
    let high = 0;
    let shift = 0;
    for (;;) {
      const byte = stored[at++];
      if (byte === undefined || shift > 63) throw invalidModel(name, `has damaged values in ${called(tensor.name)}`);
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift > 31) high |= bits << (shift - 32);
      else if (shift > 24) high |= bits >>> (32 - shift);
      shift += 7;
      if (byte < 0x80) break;
    }
    if (written === out.length) throw wrongCount(name, tensor, 'more numbers', `${out.length / width}`);
    number[0] = low;
    number[1] = high;
    out.set(bytes, written);
    written += width;
  }
  if (written < out.length) throw wrongCount(name, tensor, `${written / width} numbers`, `${out.length / width}`);
  return out;
}

function wrongCount(name: string, tensor: StoredTensor, got: string, expected: string): Error {
  const shape = `${elementTypeOf(tensor.type)} [${tensor.dims.join(', ')}]`;
  return invalidModel(name, `has ${got} for ${called(tensor.name)}: ${shape} needs ${expected}`);
}
