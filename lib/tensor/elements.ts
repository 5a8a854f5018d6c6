/** Numbers as the elements of a tensor, and back. */

import { EngineryError } from '../errors.js';
import { ELEMENT_TYPES, type ElementType, elementBytes } from './element-type.js';
import { decodeFloat, encodeFloat, isFloatType, roundHalfToEven } from './float-formats.js';
import { arrayNameOf, arrayNamesFor, bytesOf, elementsOf, type TensorData } from './storage.js';

/** Options of {@link encodeElements}. */
export interface EncodeOptions {
  /**
   * As the attribute of ONNX's Cast, for 8-bit floats: what is too large, infinity included, becomes the largest number. False:
   * it becomes infinity, or NaN where the type has no infinity. Default true.
   */
  readonly saturate?: boolean | undefined;
}

/** What holds the elements that {@link encodeElements} makes. */
export type EncodedElements = Float32Array | Int8Array | Uint8Array | Int16Array | Uint16Array;

/** The least and the largest number of each type that holds integers. */
const INTEGERS: Readonly<Partial<Record<ElementType, readonly [min: number, max: number]>>> = {
  int2: [-2, 1],
  uint2: [0, 3],
  int4: [-8, 7],
  uint4: [0, 15],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
};

/** True for the types that are converted: bool, and numbers that float32 holds exactly. */
export function isConvertible(type: ElementType): boolean {
  return type === 'float32' || type === 'bool' || isFloatType(type) || Object.hasOwn(INTEGERS, type);
}

/**
 * Converts numbers to the elements of a tensor.
 *
 * Rounding is to the nearest, half to even. Floats do with what is too large, infinity and NaN as ONNX's Cast does: float16 and
 * bfloat16 have infinities, 8-bit floats saturate, float4e2m1 saturates and makes NaN 6. float8e8m0 rounds up, and makes NaN of
 * negative numbers. Integers saturate, as QuantizeLinear does, and make NaN 0. bool is 1 for everything but 0.
 *
 * @param type - float32, float16, bfloat16, the 8-bit floats, float4e2m1, bool, or integers of 2, 4, 8 or 16 bits: the types
 * whose numbers float32 holds exactly.
 * @param values - One number per element, in row-major order.
 * @returns The elements in the array that {@link Tensor} wants for the type: `Uint16Array` for float16 and bfloat16, `Uint8Array`
 * for smaller floats and bool. Types narrower than a byte are packed, the first element in the low bits, zeros at the end.
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` for other types, and values that are no numbers.
 * @example
 * ```ts
 * const weights = new Tensor('float16', encodeElements('float16', [0.5, 1, -2]), [3]); // Uint16Array [0x3800, 0x3c00, 0xc000]
 * ```
 */
export function encodeElements(
  type: ElementType,
  values: ArrayLike<number>,
  { saturate = true }: EncodeOptions = {},
): EncodedElements {
  const { bits, perSlot } = layoutOf(type);
  const encode = encoderOf(type, saturate);
  const elements = viewOf(type, new Uint8Array(elementBytes(type, values.length) as number));
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'number') throw invalid(`values[${i}] is a ${typeof value}, expected a number`);
    const slot = Math.floor(i / perSlot);
    if (perSlot === 1) elements[slot] = encode(value);
    else elements[slot] = (elements[slot] as number) | ((encode(value) & (2 ** bits - 1)) << ((i % perSlot) * bits));
  }
  return elements;
}

/**
 * Converts the elements of a tensor to numbers. Nothing is rounded: float32 holds every number of these types.
 *
 * @param type - As for {@link encodeElements}.
 * @param data - The elements, as a tensor's `data`; a `Float16Array` is understood as well.
 * @param count - How many elements there are. Default: as many as fit, which counts the padding of a packed type.
 * @returns A number for each element, in the same order; bool gives 0 and 1.
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` for other types, an array that does not hold them, or too few elements.
 * @example
 * ```ts
 * const { scores } = await session.run(feeds); // float16 [1, 10]
 * decodeElements(scores.type, scores.data); // Float32Array of 10
 * ```
 */
export function decodeElements(type: ElementType, data: TensorData, count?: number): Float32Array {
  const { bits, perSlot } = layoutOf(type);
  const name = arrayNameOf(data);
  if (name === undefined || !arrayNamesFor(type).includes(name)) {
    throw invalid(`${type} elements are in a ${arrayNamesFor(type).join(' or ')}, not in ${name ?? typeof data}`);
  }
  const slots = viewOf(type, bytesOf(data as ArrayBufferView));
  const elements = count ?? slots.length * perSlot;
  if (!Number.isSafeInteger(elements) || elements < 0 || elements > slots.length * perSlot) {
    throw invalid(`count is ${count}, and the data holds ${slots.length * perSlot} elements of ${type}`);
  }
  if (type === 'float32') return Float32Array.from(slots.subarray(0, elements));
  const numbers = numbersOf(type);
  const mask = numbers.length - 1;
  const out = new Float32Array(elements);
  for (let i = 0; i < elements; i++) {
    const slot = slots[Math.floor(i / perSlot)] as number;
    out[i] = numbers[(slot >> ((i % perSlot) * bits)) & mask] as number;
  }
  return out;
}

function layoutOf(type: ElementType): { bits: number; perSlot: number } {
  if (!isConvertible(type)) {
    throw invalid(`${type} elements are not converted: only bool, and numbers that float32 holds exactly, are`);
  }
  const bits = ELEMENT_TYPES[type].bits as number;
  return { bits, perSlot: Math.max(1, 8 / bits) };
}

function viewOf(type: ElementType, bytes: Uint8Array): EncodedElements {
  return elementsOf(type as Exclude<ElementType, 'string'>, bytes) as EncodedElements;
}

function encoderOf(type: ElementType, saturate: boolean): (x: number) => number {
  if (type === 'float32') return (x) => x;
  if (type === 'bool') return (x) => (x === 0 ? 0 : 1);
  if (isFloatType(type)) return (x) => encodeFloat(type, x, saturate);
  const [min, max] = INTEGERS[type] as readonly [number, number];
  return (x) => roundHalfToEven(Math.min(Math.max(x, min), max));
}

const tables = new Map<ElementType, Float32Array>();

/** The number for every code of a type: types of up to 16 bits have few enough. */
function numbersOf(type: ElementType): Float32Array {
  let table = tables.get(type);
  if (table === undefined) {
    table = Float32Array.from({ length: 2 ** (ELEMENT_TYPES[type].bits as number) }, (_, code) => numberOf(type, code));
    tables.set(type, table);
  }
  return table;
}

function numberOf(type: ElementType, code: number): number {
  if (type === 'bool') return code === 0 ? 0 : 1;
  if (isFloatType(type)) return decodeFloat(type, code);
  const [min, max] = INTEGERS[type] as readonly [number, number];
  return code > max ? code - (max - min + 1) : code;
}

function invalid(message: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_ARGUMENT', message);
}
