/** Inputs made up from what a model says of them. */

import { setImmediate } from 'node:timers/promises';
import { bindDims } from '../analysis/bind-dims.js';
import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { type ElementType, elementBytes } from '../tensor/element-type.js';
import { encodeFloat } from '../tensor/float-formats.js';
import { elementsOf } from '../tensor/storage.js';
import { elementCount, showDims, Tensor } from '../tensor/tensor.js';
import type { Feeds } from './feeds.js';

/** How inputs are made up. */
export interface RandomFeedOptions {
  /** An integer; the same gives the same inputs. Default 1. */
  readonly seed?: number | undefined;
  /** Shapes by input, where the model leaves dims open. An open first dim is 1 unless told. */
  readonly shapes?: Readonly<Record<string, readonly number[]>> | undefined;
}

/** Elements filled between two turns of the event loop: about a millisecond of work. */
const SLICE = 1 << 14;
/** No input is near this size: what is larger is a slip in a shape. */
const MOST_BYTES = 2 ** 32;

/**
 * Makes up inputs, again and again: uniform in [-1, 1] for floating-point types, over the whole range for 8-bit integers, and
 * 0 or 1 for other integers and booleans, so that they are good as indices and masks.
 *
 * @returns a function that gives the next inputs. Those it is given are kept, and the dims they share with others are taken.
 * @throws EngineryError `ENGINERY_INVALID_OPTION` for a seed that is no integer; the function rejects with
 * `ENGINERY_INVALID_ARGUMENT` where a shape does not fit, dims are open, or no elements can be made up for a type.
 */
export function feedGenerator(
  inputs: readonly ValueInfo[],
  { seed = 1, shapes = {} }: RandomFeedOptions = {},
): (given?: Feeds) => Promise<Feeds> {
  if (!Number.isSafeInteger(seed)) {
    throw new EngineryError('ENGINERY_INVALID_OPTION', `seed is ${seed}, expected an integer`);
  }
  const random = randomBits(seed);
  return async (given = {}) => {
    const known = new Map(Object.entries(shapes));
    for (const [name, { dims }] of Object.entries(given)) known.set(name, dims);
    const bound = bindDims(inputs, known);
    const feeds: [string, Feeds[string]][] = [];
    for (const input of inputs) {
      const { name } = input;
      const tensor = Object.hasOwn(given, name) ? given[name] : undefined;
      feeds.push([name, tensor ?? (await makeUp(input, bound.shapes.get(name) ?? null, random))]);
    }
    return Object.fromEntries(feeds);
  };
}

/** Elements, from 32 random bits each. */
const ELEMENTS: Readonly<Partial<Record<ElementType, (bits: number) => number | bigint>>> = {
  float32: toUniform,
  float64: toUniform,
  complex64: toUniform,
  complex128: toUniform,
  float16: (bits) => encodeFloat('float16', toUniform(bits), true),
  bfloat16: (bits) => encodeFloat('bfloat16', toUniform(bits), true),
  uint8: (bits) => bits,
  int8: (bits) => bits,
  bool: (bits) => bits & 1,
  uint16: (bits) => bits & 1,
  int16: (bits) => bits & 1,
  uint32: (bits) => bits & 1,
  int32: (bits) => bits & 1,
  uint64: (bits) => BigInt(bits & 1),
  int64: (bits) => BigInt(bits & 1),
};

async function makeUp(
  { name, type }: ValueInfo,
  dims: readonly unknown[] | null,
  random: () => number,
): Promise<Tensor> {
  const toElement = type === null ? undefined : ELEMENTS[type];
  if (type === null || type === 'string' || toElement === undefined) {
    throw refuse(`Input "${name}" is ${type ?? 'of unknown type'}: no elements are made up for it`, 'Give it a file.');
  }
  if (dims === null) throw refuse(`Input "${name}" is of unknown rank`, 'Give its shape.');
  const count = elementCount(dims);
  const bytes = count === undefined ? undefined : (elementBytes(type, count) ?? 0);
  if (bytes === undefined) throw refuse(`Input "${name}" has open dims: ${showDims(dims)}`, 'Give its shape.');
  if (bytes > MOST_BYTES) throw refuse(`Input "${name}" of shape ${showDims(dims)} is larger than 4 GiB`);
  const data = elementsOf(type, new Uint8Array(bytes)) as { length: number; [index: number]: number | bigint };
  for (let start = 0; start < data.length; start += SLICE) {
    if (start > 0) await setImmediate();
    const end = Math.min(start + SLICE, data.length);
    for (let i = start; i < end; i += 1) data[i] = toElement(random());
  }
  return new Tensor(type, data as unknown as Tensor['data'], dims as readonly number[]);
}

function refuse(message: string, hint?: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_ARGUMENT', message, { hint });
}

/** Mulberry32: 32 bits at a time, the same on every machine. */
function randomBits(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return (bits ^ (bits >>> 14)) >>> 0;
  };
}

/** Exact in float32: 23 bits and a sign. Narrower types round it, to 1 and -1 as well. */
function toUniform(bits: number): number {
  return (bits & 1 ? -1 : 1) * ((bits >>> 9) / 2 ** 23);
}
