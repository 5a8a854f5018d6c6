/** Which typed array holds the elements of which type. */

import { ELEMENT_TYPES, type ElementType } from './element-type.js';

/** What holds the elements of each type. Types narrower than a byte are packed, the first element in the low bits. */
export interface DataByType {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array | Float16Data;
  bfloat16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array | Uint8ClampedArray;
  bool: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  /** Real and imaginary parts in turn. */
  complex64: Float32Array;
  complex128: Float64Array;
  float8e4m3fn: Uint8Array;
  float8e4m3fnuz: Uint8Array;
  float8e5m2: Uint8Array;
  float8e5m2fnuz: Uint8Array;
  float8e8m0: Uint8Array;
  float4e2m1: Uint8Array;
  uint4: Uint8Array;
  int4: Uint8Array;
  uint2: Uint8Array;
  int2: Uint8Array;
  string: readonly string[];
}

/** What holds the elements of a tensor. */
export type TensorData = DataByType[ElementType];

/** Any typed array: they are alike in what is used of one whose kind is not known. */
export type Elements = Float32Array;

/** A `Float16Array`, where the engine has it, for programs whose TypeScript does not know it yet. */
export interface Float16Data extends ArrayBufferView {
  readonly [Symbol.toStringTag]: 'Float16Array';
  readonly length: number;
}

type ArrayNames = {
  readonly [Type in Exclude<ElementType, 'string'>]?: readonly DataByType[Type][typeof Symbol.toStringTag][];
};

// The first name of each is what results come in.
const ARRAYS: ArrayNames = {
  float32: ['Float32Array'],
  float64: ['Float64Array'],
  // Results are bits on every Node: Float16Array exists from Node 24 on only.
  float16: ['Uint16Array', 'Float16Array'],
  bfloat16: ['Uint16Array'],
  int8: ['Int8Array'],
  uint8: ['Uint8Array', 'Uint8ClampedArray'],
  bool: ['Uint8Array'],
  int16: ['Int16Array'],
  uint16: ['Uint16Array'],
  int32: ['Int32Array'],
  uint32: ['Uint32Array'],
  int64: ['BigInt64Array'],
  uint64: ['BigUint64Array'],
  complex64: ['Float32Array'],
  complex128: ['Float64Array'],
};

/** Names of the typed arrays that may hold this type; of strings none, and of packed and 8-bit float types bytes. */
export function arrayNamesFor(type: ElementType): readonly string[] {
  return type === 'string' ? [] : (ARRAYS[type] ?? ['Uint8Array']);
}

/** `Float32Array`, also for a subclass or one of another realm; undefined for what is no typed array. */
export function arrayNameOf(value: unknown): string | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  return (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag];
}

const VIEWS = {
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
} as const;

const viewOf = (type: Exclude<ElementType, 'string'>): (typeof VIEWS)[keyof typeof VIEWS] =>
  VIEWS[(arrayNamesFor(type)[0] ?? 'Uint8Array') as keyof typeof VIEWS];

/** `length` bytes, a multiple of 8, as each kind of typed array that is copied into them bit by bit, by its name. */
export function viewsOver(buffer: ArrayBuffer, start: number, length: number): Readonly<Record<string, Elements>> {
  const views = Object.entries({ ...VIEWS, Uint8ClampedArray }).map(([name, View]) => [
    name,
    new View(buffer, start, length / View.BYTES_PER_ELEMENT),
  ]);
  return Object.fromEntries(views);
}

/** The elements that lie in these bytes, without a copy. The bytes are aligned for the type. */
export function elementsOf(type: Exclude<ElementType, 'string'>, bytes: Uint8Array): TensorData {
  const View = viewOf(type);
  return new View(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / View.BYTES_PER_ELEMENT);
}

/** A copy of elements that take `bytes` from `offset` on, which is aligned for the type. */
export function copyElements(
  type: Exclude<ElementType, 'string'>,
  buffer: ArrayBuffer,
  offset: number,
  bytes: number,
): TensorData {
  const View = viewOf(type);
  return new View(buffer, offset, bytes / View.BYTES_PER_ELEMENT).slice();
}

/** The bytes of a typed array, without a copy. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** How a type's elements are counted in its array: `2` for complex numbers, below 1 where they are packed. */
export function slotsPerElement(type: ElementType): number {
  if (type === 'complex64' || type === 'complex128') return 2;
  return Math.min(1, (ELEMENT_TYPES[type].bits ?? 8) / 8);
}
