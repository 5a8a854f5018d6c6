/** Inputs made up from what a model says of them. */

import { bindDims } from '../analysis/bind-dims.js';
import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { type Random, seededRandom } from '../stats/random.js';
import { elementBytes } from '../tensor/element-type.js';
import { elementCount, showDims, type Tensor } from '../tensor/tensor.js';
import type { Feeds } from './feeds.js';
import { randomTensor } from './random-tensor.js';

/** How inputs are made up. */
export interface RandomFeedOptions {
  /** An integer; the same gives the same inputs. Default 1. */
  readonly seed?: number | undefined;
  /** Shapes by input, where the model leaves dims open. An open first dim is 1 unless told. */
  readonly shapes?: Readonly<Record<string, readonly number[]>> | undefined;
}

/** No input is near this size: what is larger is a slip in a shape. */
const MOST_BYTES = 2 ** 32;

/**
 * Makes up inputs, again and again; {@link randomTensor} says of what values.
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
  const random = seededRandom(seed);
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

async function makeUp({ name, type }: ValueInfo, dims: readonly unknown[] | null, random: Random): Promise<Tensor> {
  if (type === null)
    throw refuse(`Input "${name}" is of unknown type: nothing is made up for it`, 'Give a tensor for it.');
  if (dims === null) throw refuse(`Input "${name}" is of unknown rank`, 'Give its shape.');
  const count = elementCount(dims);
  const bytes = count === undefined ? undefined : (elementBytes(type, count) ?? 0);
  if (bytes === undefined) throw refuse(`Input "${name}" has open dims: ${showDims(dims)}`, 'Give its shape.');
  if (bytes > MOST_BYTES) throw refuse(`Input "${name}" of shape ${showDims(dims)} is larger than 4 GiB`);
  return randomTensor(type, dims as readonly number[], random);
}

function refuse(message: string, hint?: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_ARGUMENT', message, { hint });
}
