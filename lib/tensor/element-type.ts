/** Element types of ONNX tensors: one table for names, ONNX's numbers and sizes. */

/** The name of an element type, as onnxruntime-common spells it where it has the type. */
export type ElementType =
  | 'float32'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'string'
  | 'bool'
  | 'float16'
  | 'float64'
  | 'uint32'
  | 'uint64'
  | 'complex64'
  | 'complex128'
  | 'bfloat16'
  | 'float8e4m3fn'
  | 'float8e4m3fnuz'
  | 'float8e5m2'
  | 'float8e5m2fnuz'
  | 'uint4'
  | 'int4'
  | 'float4e2m1'
  | 'float8e8m0'
  | 'uint2'
  | 'int2';

/** What ONNX says of an element type. */
export interface ElementTypeInfo {
  /** The value of `TensorProto.DataType`. */
  readonly onnx: number;
  /** Bits of one element as stored: 4- and 2-bit types are packed. Null for strings, which have no fixed size. */
  readonly bits: number | null;
}

/** Every element type of ONNX 1.22, by name. */
export const ELEMENT_TYPES: Readonly<Record<ElementType, ElementTypeInfo>> = {
  float32: { onnx: 1, bits: 32 },
  uint8: { onnx: 2, bits: 8 },
  int8: { onnx: 3, bits: 8 },
  uint16: { onnx: 4, bits: 16 },
  int16: { onnx: 5, bits: 16 },
  int32: { onnx: 6, bits: 32 },
  int64: { onnx: 7, bits: 64 },
  string: { onnx: 8, bits: null },
  bool: { onnx: 9, bits: 8 },
  float16: { onnx: 10, bits: 16 },
  float64: { onnx: 11, bits: 64 },
  uint32: { onnx: 12, bits: 32 },
  uint64: { onnx: 13, bits: 64 },
  complex64: { onnx: 14, bits: 64 },
  complex128: { onnx: 15, bits: 128 },
  bfloat16: { onnx: 16, bits: 16 },
  float8e4m3fn: { onnx: 17, bits: 8 },
  float8e4m3fnuz: { onnx: 18, bits: 8 },
  float8e5m2: { onnx: 19, bits: 8 },
  float8e5m2fnuz: { onnx: 20, bits: 8 },
  uint4: { onnx: 21, bits: 4 },
  int4: { onnx: 22, bits: 4 },
  float4e2m1: { onnx: 23, bits: 4 },
  float8e8m0: { onnx: 24, bits: 8 },
  uint2: { onnx: 25, bits: 2 },
  int2: { onnx: 26, bits: 2 },
};

const BY_NUMBER: ReadonlyMap<number, ElementType> = new Map(
  Object.entries(ELEMENT_TYPES).map(([name, { onnx }]) => [onnx, name as ElementType]),
);

/** The element type with this `TensorProto.DataType` number, or null where ONNX 1.22 has none. */
export function elementTypeOf(onnx: number): ElementType | null {
  return BY_NUMBER.get(onnx) ?? null;
}

/** True for the name of an element type. */
export function isElementType(name: string): name is ElementType {
  return Object.hasOwn(ELEMENT_TYPES, name);
}

/**
 * Bytes that `count` elements take as stored: types narrower than a byte are packed, the last byte padded.
 * Null for strings.
 */
export function elementBytes(type: ElementType, count: number): number | null {
  const { bits } = ELEMENT_TYPES[type];
  return bits === null ? null : bits >= 8 ? count * (bits / 8) : Math.ceil(count / (8 / bits));
}
