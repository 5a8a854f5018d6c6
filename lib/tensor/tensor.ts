/** A tensor: an element type, dimensions, and the elements in row-major order. */

import { EngineryError } from '../errors.js';
import { ELEMENT_TYPES, type ElementType, isElementType } from './element-type.js';
import { arrayNameOf, arrayNamesFor, type DataByType, slotsPerElement, type TensorData } from './storage.js';

export type { TensorData } from './storage.js';

/** Anything that looks like a tensor: a {@link Tensor}, onnxruntime-common's, or a plain object. */
export interface TensorLike {
  readonly type: string;
  /** No dimensions: one element, a scalar. */
  readonly dims: readonly number[];
  readonly data: unknown;
}

/**
 * A tensor. The data is not copied: writing to the array changes the tensor.
 *
 * float16 takes a `Uint16Array` of bits, or a `Float16Array`; bfloat16 a `Uint16Array`; int64 a `BigInt64Array`; bool and
 * the 8-bit floats a `Uint8Array`; 4- and 2-bit types a `Uint8Array` with two and four elements per byte, the first in the
 * low bits; string an array of strings. {@link encodeElements} makes them of numbers.
 *
 * As a type, `Tensor` is any tensor, and `new Tensor` gives one whose element type and number of dimensions are known where
 * they are written down; {@link TensorOf} names those.
 *
 * @example
 * ```ts
 * const image = new Tensor('float32', pixels, [1, 1, 28, 28]); // pixels: Float32Array of 784
 * ```
 */
export class Tensor<
  Type extends ElementType = ElementType,
  // With `| []`, the compiler infers a tuple: it keeps how many dimensions are written down, not how long they are.
  Dims extends readonly number[] | [] = readonly number[],
> implements TensorLike
{
  readonly type: Type;
  readonly data: DataByType[Type];
  readonly dims: Readonly<Dims>;

  /**
   * @param type - Element type, as onnxruntime-common names it.
   * @param data - The elements, in the typed array that fits the type.
   * @param dims - Dimensions; their product is the number of elements. Copied.
   * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` where they do not fit each other.
   */
  constructor(type: Type, data: TensorData, dims: Dims) {
    const fault = known ? undefined : tensorFault({ type, data, dims });
    if (fault !== undefined) throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `This is no tensor: ${fault}`);
    this.type = type;
    this.data = data as DataByType[Type];
    this.dims = Object.freeze([...dims]) as Readonly<Dims>;
  }
}

/** Whether what the constructor is given is known to be right. */
let known = false;

/** A tensor of parts that are known to fit each other: checking them takes longer than a small model does. */
export function tensorOf(type: ElementType, data: TensorData, dims: readonly number[]): Tensor {
  known = true;
  try {
    return new Tensor(type, data, dims);
  } finally {
    known = false;
  }
}

/** What keeps this from being a tensor, as part of a sentence; undefined where nothing does. */
export function tensorFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `expected { type, dims, data }, got ${nameOf(value)}`;
  }
  const { type, dims, data } = value as Partial<TensorLike>;
  if (typeof type !== 'string') return `type is ${nameOf(type)}, expected the name of an element type`;
  if (!isElementType(type))
    return `element type "${type}" is unknown; known are ${Object.keys(ELEMENT_TYPES).join(', ')}`;
  if (!Array.isArray(dims)) return `dims is ${nameOf(dims)}, expected an array of integers`;
  const elements = elementCount(dims);
  if (elements === undefined)
    return `dims are ${showDims(dims)}, expected integers from 0 on with a product below 2^53`;
  return dataFault(type, dims, elements, data);
}

/** The product of dimensions; undefined where one is no integer from 0 on, or the product is not exact. */
export function elementCount(dims: readonly unknown[]): number | undefined {
  let count = 1;
  for (const dim of dims) {
    if (typeof dim !== 'number' || !Number.isSafeInteger(dim) || dim < 0) return undefined;
    count *= dim;
    // Checked at every step: a later 0 does not make the dimensions before it possible.
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** `[1, batch, 28]`. */
export function showDims(dims: readonly unknown[]): string {
  return `[${dims.map((dim) => (dim === null ? '?' : String(dim))).join(', ')}]`;
}

function dataFault(type: ElementType, dims: readonly number[], elements: number, data: unknown): string | undefined {
  if (type === 'string') {
    if (!Array.isArray(data)) return `data is ${nameOf(data)}, expected an array of strings`;
    const stranger = data.findIndex((item) => typeof item !== 'string');
    if (stranger >= 0) return `data[${stranger}] is ${nameOf(data[stranger])}, expected a string`;
    return lengthFault(dims, elements, data.length);
  }
  const accepted = arrayNamesFor(type);
  if (!accepted.includes(arrayNameOf(data) ?? '')) {
    return `data is ${nameOf(data)}, expected ${accepted.join(' or ')} for ${type}`;
  }
  const { length, buffer } = data as Exclude<TensorData, readonly string[]>;
  const expected = Math.ceil(elements * slotsPerElement(type));
  if (length === 0 && expected > 0 && buffer.byteLength === 0) {
    return `data is empty where dims ${showDims(dims)} need ${expected}: its ArrayBuffer is empty or was transferred (detached)`;
  }
  return lengthFault(dims, expected, length);
}

function lengthFault(dims: readonly number[], expected: number, got: number): string | undefined {
  return got === expected ? undefined : `data has length ${got}, and dims ${showDims(dims)} need ${expected}`;
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a plain array';
  return (
    arrayNameOf(value) ?? (typeof value === 'object' ? (value.constructor?.name ?? 'an object') : `a ${typeof value}`)
  );
}
