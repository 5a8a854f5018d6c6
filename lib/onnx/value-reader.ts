/** ValueInfoProto: what a graph's inputs and outputs are called, hold and look like. */

import { type ElementType, elementTypeOf } from '../tensor/element-type.js';
import type { FieldTable, MessageReader } from './wire.js';

/** An input or output of a model. */
export interface ValueInfo {
  readonly name: string;
  /** Of the elements; null where ONNX does not say, as for maps and opaque values. */
  readonly type: ElementType | null;
  readonly kind: ValueKind;
  /** A number, a symbolic name, or null where the size is unknown. Null as a whole where even the rank is. */
  readonly dims: readonly Dim[] | null;
}

export type ValueKind = 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse';
export type Dim = number | string | null;

const VALUE: FieldTable = { 1: ['text', 'name'], 2: ['message', 'type'] };
const TYPE: FieldTable = {
  1: ['message', 'tensor_type'],
  4: ['message', 'sequence_type'],
  5: ['message', 'map_type'],
  8: ['message', 'sparse_tensor_type'],
  9: ['message', 'optional_type'],
};
const TENSOR_TYPE: FieldTable = { 1: ['int', 'elem_type'], 2: ['message', 'shape'] };
const HOLDER_TYPE: FieldTable = { 1: ['message', 'elem_type'] };
const NO_FIELDS: FieldTable = {};
const SHAPE: FieldTable = { 1: ['message', 'dim'] };
const DIMENSION: FieldTable = { 1: ['int', 'dim_value'], 2: ['text', 'dim_param'] };

const KINDS: Readonly<Record<number, ValueKind>> = { 1: 'tensor', 4: 'sequence', 5: 'map', 8: 'sparse', 9: 'optional' };

interface TypeParts {
  kind: ValueKind;
  type: ElementType | null;
  dims: Dim[] | null;
}

/** Reads one input or output and hands it on when it has ended. */
export function valueReader(take: (value: ValueInfo) => void): MessageReader {
  const parts: TypeParts = { kind: 'tensor', type: null, dims: null };
  let name = '';
  return {
    type: 'ValueInfoProto',
    fields: VALUE,
    text(_field, value) {
      name = value;
    },
    enter: () => typeReader(parts, true),
    leave: () => take({ name, ...parts }),
  };
}

/** What a sequence or optional holds tells the element type; the kind is that of the outermost type. */
function typeReader(parts: TypeParts, outermost: boolean): MessageReader {
  return {
    type: 'TypeProto',
    fields: TYPE,
    enter(field) {
      if (outermost) parts.kind = KINDS[field] as ValueKind;
      if (field === 1 || field === 8) return tensorTypeReader(parts, outermost);
      if (field === 5) return { type: 'TypeProto.Map', fields: NO_FIELDS };
      return { type: 'TypeProto', fields: HOLDER_TYPE, enter: () => typeReader(parts, false) };
    },
  };
}

function tensorTypeReader(parts: TypeParts, outermost: boolean): MessageReader {
  return {
    type: 'TypeProto.Tensor',
    fields: TENSOR_TYPE,
    int(_field, value) {
      parts.type = elementTypeOf(value);
    },
    enter() {
      const dims: Dim[] = [];
      if (outermost) parts.dims = dims;
      return { type: 'TensorShapeProto', fields: SHAPE, enter: () => dimReader(dims) };
    },
  };
}

function dimReader(dims: Dim[]): MessageReader {
  let dim: Dim = null;
  return {
    type: 'TensorShapeProto.Dimension',
    fields: DIMENSION,
    // Some exporters write -1 for a dimension that is not known.
    int(_field, value) {
      dim = value < 0 ? null : value;
    },
    text(_field, value) {
      dim = value === '' ? null : value;
    },
    leave: () => dims.push(dim),
  };
}
