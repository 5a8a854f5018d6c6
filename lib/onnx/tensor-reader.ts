/** TensorProto: everything but the values. */

import { elementBytes, elementTypeOf } from '../tensor/element-type.js';
import { invalidModel, type ModelSource } from './model-source.js';
import type { FieldTable, MessageReader } from './wire.js';

/** A tensor stored in a model. */
export interface StoredTensor {
  readonly name: string;
  /** `TensorProto.DataType`. */
  readonly type: number;
  readonly dims: readonly number[];
  readonly elements: number;
  /** Of the values as stored; strings count as their text. */
  readonly bytes: number;
  /** Where the values lie in another file; null where they are in the model. */
  readonly external: ReadonlyMap<string, string> | null;
  /** Where the values lie in the model: where the reader was told to look for them. */
  readonly data: readonly StoredData[];
}

/** A part of a tensor's values in the model. */
export interface StoredData {
  /** Of TensorProto: 9 is `raw_data`, 4 `float_data`, 5 `int32_data`, 7 `int64_data`, 10 `double_data`, 11 `uint64_data`. */
  readonly field: number;
  readonly position: number;
  readonly bytes: number;
  /** Null where there are many. */
  readonly content: Uint8Array | null;
}

const TENSOR: FieldTable = {
  1: ['int', 'dims'],
  2: ['int', 'data_type'],
  3: ['size', 'segment'],
  6: ['size', 'string_data'],
  8: ['text', 'name'],
  9: ['size', 'raw_data'],
  13: ['message', 'external_data'],
  14: ['int', 'data_location'],
};
const TENSOR_WITH_DATA: FieldTable = {
  ...TENSOR,
  4: ['data', 'float_data'],
  5: ['data', 'int32_data'],
  7: ['data', 'int64_data'],
  9: ['data', 'raw_data'],
  10: ['data', 'double_data'],
  11: ['data', 'uint64_data'],
};
const ENTRY: FieldTable = { 1: ['text', 'key'], 2: ['text', 'value'] };

const EXTERNAL = 1;
const MAX_RANK = 255;
/** Writers make one part; only so many are remembered, whatever a file says. */
const MAX_PARTS = 2;

/**
 * Reads one tensor and hands it on when it has ended.
 *
 * @param withData - Whether to tell where the values lie.
 */
export function tensorReader(
  source: ModelSource,
  take: (tensor: StoredTensor) => void,
  withData = false,
): MessageReader {
  const dims: number[] = [];
  const data: StoredData[] = [];
  const external = new Map<string, string>();
  let type = 0;
  let name = '';
  let inModel = true;
  let whole = true;
  let rawBytes = 0;
  let textBytes = 0;
  return {
    type: 'TensorProto',
    fields: withData ? TENSOR_WITH_DATA : TENSOR,
    int(field, value) {
      if (field === 1) {
        if (dims.length === MAX_RANK)
          throw invalidModel(source.name, `${called(name)} has over ${MAX_RANK} dimensions`);
        dims.push(value);
      } else if (field === 2) type = value;
      else inModel = value !== EXTERNAL;
    },
    text(_field, value) {
      name = value;
    },
    size(field, bytes) {
      if (field === 9) rawBytes += bytes;
      else if (field === 6) textBytes += bytes;
      else whole = false;
    },
    data(field, position, bytes, content) {
      if (field === 9) rawBytes += bytes;
      if (data.length < MAX_PARTS) data.push({ field, position, bytes, content: content && Uint8Array.from(content) });
    },
    enter: () => entryReader(external),
    leave() {
      const elements = countElements(source, name, dims);
      const known = elementTypeOf(type);
      const bytes = known === null ? rawBytes : (elementBytes(known, elements) ?? textBytes);
      // What reads the weights later believes the dims.
      if (inModel && whole && known !== null && rawBytes > 0 && rawBytes !== bytes) {
        const shape = `${known} [${dims.join(', ')}]`;
        throw invalidModel(source.name, `has ${rawBytes} bytes of values for ${called(name)}: ${shape} needs ${bytes}`);
      }
      take({ name, type, dims, elements, bytes, external: inModel ? null : external, data });
    },
  };
}

/** How a tensor is called in a message. */
export function called(name: string): string {
  return name === '' ? 'a tensor with no name' : `tensor '${name}'`;
}

function entryReader(entries: Map<string, string>): MessageReader {
  let key = '';
  let value = '';
  return {
    type: 'StringStringEntryProto',
    fields: ENTRY,
    text(field, text) {
      if (field === 1) key = text;
      else value = text;
    },
    leave() {
      entries.set(key, value);
    },
  };
}

function countElements(source: ModelSource, name: string, dims: readonly number[]): number {
  let elements = 1;
  for (const dim of dims) {
    if (dim < 0) throw invalidModel(source.name, `has a negative dimension in ${called(name)}: [${dims.join(', ')}]`);
    elements *= dim;
  }
  // 2^48 elements of the widest type still count exactly in bytes; [0, 2^60] has none.
  if (dims.some((dim) => !Number.isSafeInteger(dim)) || elements > 2 ** 48) {
    throw invalidModel(source.name, `has absurd dimensions in ${called(name)}: [${dims.join(', ')}]`);
  }
  return elements;
}
