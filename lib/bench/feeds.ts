/** What a measured session is fed: what the caller gave, and random tensors for the rest. */

import { bindDims } from '../analysis/bind-dims.js';
import { EngineryError } from '../errors.js';
import type { Dim, ValueInfo } from '../onnx/model-info.js';
import type { Feeds } from '../session/feeds.js';
import { feedGenerator } from '../session/random-feeds.js';
import { showDims } from '../tensor/tensor.js';
import type { BenchOptions } from './bench-session.js';

/**
 * A tensor for every input.
 *
 * @throws EngineryError `ENGINERY_INVALID_OPTION` for a seed that is no integer; `ENGINERY_INVALID_ARGUMENT` where an input cannot be
 * generated, or shapes do not fit.
 */
export async function benchFeeds(
  inputs: readonly ValueInfo[],
  { shapes = {}, feeds = {}, seed = 0 }: Pick<BenchOptions, 'shapes' | 'feeds' | 'seed'>,
): Promise<Feeds> {
  const dims = benchShapes(inputs, shapes, feeds);
  return feedGenerator(inputs, { seed, shapes: Object.fromEntries(dims) })(feeds);
}

/**
 * The shape of every input: as given, as the tensor that is fed has it, or as the model has it, with 1 for an open first dim.
 *
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` where a dim stays open, or shapes do not fit.
 */
export function benchShapes(
  inputs: readonly ValueInfo[],
  shapes: Readonly<Record<string, readonly number[]>>,
  feeds: Feeds = {},
): ReadonlyMap<string, readonly number[]> {
  const given = new Map(Object.entries(shapes));
  for (const [name, { dims }] of Object.entries(feeds)) {
    const shape = given.get(name);
    if (shape !== undefined && showDims(shape) !== showDims(dims)) {
      throw mistake(`Input "${name}" is to be ${showDims(shape)}, and the tensor given for it is ${showDims(dims)}`);
    }
    given.set(name, dims);
  }
  const bound = bindDims(inputs, given).shapes;
  return new Map(inputs.map((input) => [input.name, closed(input, bound.get(input.name) ?? null)]));
}

/**
 * The shapes of inputs at a batch size: it goes into the first dim wherever that is open.
 *
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` where no input has an open first dim.
 */
export function shapesOfBatch(
  inputs: readonly ValueInfo[],
  shapes: Readonly<Record<string, readonly number[]>>,
  batch: number,
): Record<string, readonly number[]> {
  const batched = inputs.filter(({ dims }) => dims !== null && dims.length > 0 && typeof dims[0] !== 'number');
  if (batched.length === 0) {
    throw mistake(`No input has an open first dim to put a batch of ${batch} into`, 'Export the model with one.');
  }
  const base = benchShapes(inputs, shapes);
  const sized = batched.map(({ name }): [string, readonly number[]] => [
    name,
    [batch, ...(base.get(name) ?? []).slice(1)],
  ]);
  return { ...shapes, ...Object.fromEntries(sized) };
}

function closed(input: ValueInfo, dims: readonly Dim[] | null): readonly number[] {
  if (dims?.every((dim) => typeof dim === 'number')) return dims;
  const { name } = input;
  throw mistake(
    `Input "${name}" is ${dims === null ? 'of any rank' : showDims(dims)}: its shape has to be given`,
    `Give shapes: { ${JSON.stringify(name)}: [1, …] }, or --shapes=${name}:1x… on the command line.`,
  );
}

function mistake(message: string, hint?: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_ARGUMENT', message, { hint });
}
