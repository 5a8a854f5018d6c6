/** Tensors as JSON: nested arrays, or `{ type, dims, data }`. */

import { EngineryError } from '../errors.js';
import { type ElementType, elementBytes, isElementType } from './element-type.js';
import { decodeElements, encodeElements, isConvertible } from './elements.js';
import { elementsOf } from './storage.js';
import { elementCount, Tensor, type TensorData } from './tensor.js';

/** What JSON has no numbers for: it writes null for them. */
const NOT_FINITE: readonly unknown[] = ['NaN', 'Infinity', '-Infinity'];
/** Deeper nesting is a mistake. */
const MOST_DIMS = 64;

/**
 * Reads a tensor.
 *
 * Floating-point elements are numbers, `"NaN"`, `"Infinity"` or `"-Infinity"`; integers are whole numbers, or strings of digits
 * beyond 2^53; booleans are `true`, `false`, 0 or 1.
 *
 * @param value - Nested arrays, whose depth gives the dims; or `{ type, dims, data }`, where `type` may be left out.
 * @param expected - The element type where `value` names none.
 * @param name - What to call it in messages.
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` for anything else, and for complex numbers.
 *
 * @example
 * ```ts
 * tensorFromJson([[1, 2, 3]], 'float32', 'x.json'); // float32 [1, 3]
 * ```
 */
export function tensorFromJson(value: unknown, expected: ElementType | null, name: string): Tensor {
  const fail = (why: string): EngineryError => new EngineryError('ENGINERY_INVALID_ARGUMENT', `${name}: ${why}`);
  const whole = typeof value === 'object' && value !== null && !Array.isArray(value);
  const { type = expected, dims, data } = whole ? (value as Record<string, unknown>) : { data: value };
  if (typeof type !== 'string' || !isElementType(type)) throw fail(`element type ${JSON.stringify(type)} is unknown`);
  const shape = dimsOf(data);
  const flat: unknown[] = [];
  if (!flatten(data, shape, 0, flat)) throw fail('the arrays differ in length or depth');
  const given = dims === undefined ? shape : (dims as number[]);
  if (!Array.isArray(given) || elementCount(given) !== flat.length) {
    throw fail(`${flat.length} elements do not fit dims ${JSON.stringify(given)}`);
  }
  if (type === 'string') {
    const stranger = flat.find((element) => typeof element !== 'string');
    if (stranger !== undefined) throw fail(`${JSON.stringify(stranger)} is no string`);
    return new Tensor(type, flat as string[], given);
  }
  const convert = conversionOf(type);
  if (convert === undefined) throw fail(`${type} is not read from JSON; give it as .npy or .bin`);
  const numbers = flat.map((element) => {
    const number = convert(element);
    if (number === undefined) throw fail(`${JSON.stringify(element)} is no ${type}`);
    return number;
  });
  const elements = toElements(type, numbers);
  if (convert !== toFloat) {
    // An integer out of range is another one when read back.
    const stored = numbersOf(type, elements, numbers.length);
    const lost = numbers.findIndex((number, i) => stored[i] !== number);
    if (lost >= 0) throw fail(`${JSON.stringify(flat[lost])} is no ${type}`);
  }
  return new Tensor(type, elements, given);
}

function toElements(type: Exclude<ElementType, 'string'>, numbers: readonly (number | bigint)[]): TensorData {
  if (isConvertible(type)) return encodeElements(type, numbers as readonly number[]);
  const elements = elementsOf(type, new Uint8Array(elementBytes(type, numbers.length) as number));
  (elements as Float64Array).set(numbers as readonly number[]);
  return elements;
}

/** What {@link toElements} took: numbers, or bigints for 64 bits. */
function numbersOf(type: ElementType, data: TensorData, count: number): ArrayLike<number | bigint | string> {
  return isConvertible(type) ? decodeElements(type, data, count) : (data as ArrayLike<number | bigint | string>);
}

/** The lengths of nested arrays, as the first of each say. */
function dimsOf(value: unknown): number[] {
  const dims: number[] = [];
  for (let inner = value; Array.isArray(inner) && dims.length < MOST_DIMS; inner = inner[0]) dims.push(inner.length);
  return dims;
}

/** Collects the elements of nested arrays; false where they do not have these dims. */
function flatten(value: unknown, dims: readonly number[], depth: number, flat: unknown[]): boolean {
  if (depth === dims.length) {
    flat.push(value);
    return !Array.isArray(value);
  }
  return (
    Array.isArray(value) && value.length === dims[depth] && value.every((item) => flatten(item, dims, depth + 1, flat))
  );
}

type Convert = (element: unknown) => number | bigint | undefined;

const toFloat: Convert = (element) =>
  typeof element === 'number' || NOT_FINITE.includes(element) ? Number(element) : undefined;
const toInteger: Convert = (element) => (Number.isSafeInteger(element) ? (element as number) : undefined);
const toBigInt: Convert = (element) =>
  Number.isSafeInteger(element) || (typeof element === 'string' && /^-?\d{1,20}$/.test(element))
    ? BigInt(element as number | string)
    : undefined;
const toBool: Convert = (element) => (element === true ? 1 : element === false ? 0 : toBit(element));
const toBit: Convert = (element) => (element === 0 || element === 1 ? element : undefined);

function conversionOf(type: ElementType): Convert | undefined {
  if (type === 'bool') return toBool;
  if (type.includes('float')) return toFloat;
  if (type.endsWith('int64')) return toBigInt;
  return type.includes('int') ? toInteger : undefined;
}

/** A tensor's elements as {@link tensorFromJson} reads them: nothing is lost to JSON. */
export function elementsToJson({ type, dims, data }: Tensor): (number | string)[] {
  return Array.from(numbersOf(type, data, elementCount(dims) as number), (element) =>
    typeof element === 'number' && Number.isFinite(element) ? element : String(element),
  );
}
