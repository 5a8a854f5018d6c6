/** The values of a stored tensor: the few that shapes depend on as numbers, of all others the place. */

import { type ElementType, elementBytes } from '../tensor/element-type.js';
import type { ValuePlace } from './graph.js';
import type { StoredData, StoredTensor } from './tensor-reader.js';

const FLOAT_DATA = 4;
const RAW_DATA = 9;
const DOUBLE_DATA = 10;

/** Where a tensor's values lie as `raw_data` has them; null where they do not. */
export function placeOf(tensor: StoredTensor): ValuePlace | null {
  if (tensor.external !== null) {
    const location = tensor.external.get('location') ?? '';
    return { location, position: Number(tensor.external.get('offset') ?? 0) };
  }
  const [data, more] = tensor.data;
  // Floats are stored alike in a field of their own; integers are not.
  if (data === undefined || more !== undefined || ![FLOAT_DATA, RAW_DATA, DOUBLE_DATA].includes(data.field))
    return null;
  return data.bytes === tensor.bytes ? { location: null, position: data.position } : null;
}

/** How a number of a type is read. Other types are in no shape. */
const READERS: Readonly<Partial<Record<ElementType, (view: DataView, at: number) => number>>> = {
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint64: (view, at) => Number(view.getBigUint64(at, true)),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  bool: (view, at) => view.getUint8(at),
};

/** The values of a short tensor in the model, as numbers (inexact beyond 2^53); null where it is not short, or has others. */
export function numbersOf(type: ElementType | null, elements: number, data: readonly StoredData[]): number[] | null {
  if (elements === 0) return [];
  const [part, more] = data;
  const read = type === null ? undefined : READERS[type];
  if (type === null || read === undefined || !part?.content || more !== undefined) return null;
  const { field, content } = part;
  if (field !== RAW_DATA && field !== FLOAT_DATA && field !== DOUBLE_DATA) return varints(content, elements);
  const width = elementBytes(type, 1) as number;
  if (content.length !== elements * width) return null;
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  return Array.from({ length: elements }, (_, i) => read(view, i * width));
}

function varints(content: Uint8Array, count: number): number[] | null {
  const numbers: number[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of content) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    numbers.push(Number(BigInt.asIntN(64, value)));
    value = 0n;
    shift = 0n;
  }
  return numbers.length === count && shift === 0n ? numbers : null;
}
