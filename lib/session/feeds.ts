/** Checking what a caller feeds, before anything runs. */

import { EngineryError } from '../errors.js';
import { DeviceTensor, isOnGpu } from '../native/device-tensor.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { showDims, type TensorLike, tensorFault } from '../tensor/tensor.js';

/** Tensors by input name. */
export type Feeds = Readonly<Record<string, TensorLike>>;

/** Feeds any of which may lie on a GPU. */
export type DeviceFeeds<Inputs extends Feeds = Feeds> = {
  readonly [Name in keyof Inputs]: Inputs[Name] | DeviceTensor<Inputs[Name]>;
};

/** What a session of any model may be fed with: named tensors, or the one that a model with one input takes. */
export type AnyFeeds = DeviceFeeds | DeviceFeeds[string];

/** Feeds by name: a model with one input takes the tensor itself. */
export function feedsByName(feeds: AnyFeeds, [only, ...more]: readonly ValueInfo[]): DeviceFeeds {
  const isTensor = typeof feeds?.type === 'string' && Array.isArray(feeds.dims);
  return isTensor && only !== undefined && more.length === 0
    ? { [only.name]: feeds as DeviceFeeds[string] }
    : (feeds as DeviceFeeds);
}

/** Where a symbolic dimension got its value. */
interface Bound {
  readonly size: number;
  readonly input: string;
  readonly axis: number;
}

/**
 * Checks feeds against a model's inputs: names, types, ranks, fixed dimensions, symbolic dimensions that must agree, and
 * the length of the data.
 *
 * @throws EngineryError `ENGINERY_INVALID_FEED` that names the input, what was expected and what came;
 * `details: { input, expected, got }`.
 */
export function checkFeeds(feeds: DeviceFeeds, inputs: readonly ValueInfo[]): void {
  if (typeof feeds !== 'object' || feeds === null) {
    throw new EngineryError(
      'ENGINERY_INVALID_FEED',
      `Feeds are an object of tensors by input name, not ${String(feeds)}`,
    );
  }
  for (const name of Object.keys(feeds)) {
    if (!inputs.some((input) => input.name === name)) throw unknownInput(name, inputs);
  }
  const symbols = new Map<string, Bound>();
  for (const input of inputs) {
    if (!Object.hasOwn(feeds, input.name)) throw wrong(input, describe(input), 'nothing');
    checkTensor(input, feeds[input.name], symbols);
  }
}

/** The error for an input that is wrong. */
export function invalidFeed(input: string, what: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_FEED', `Input "${input}": ${what}`, { details: { input } });
}

function checkTensor(input: ValueInfo, tensor: DeviceFeeds[string] | undefined, symbols: Map<string, Bound>): void {
  if (input.kind !== 'tensor') {
    throw new EngineryError(
      'ENGINERY_INVALID_FEED',
      `Input "${input.name}" is a ${input.kind}: only tensors can be fed`,
    );
  }
  const fault = faultOf(tensor);
  if (fault !== undefined) {
    throw new EngineryError('ENGINERY_INVALID_FEED', `Input "${input.name}": ${fault}`, {
      details: { input: input.name, expected: describe(input) },
    });
  }
  const { type, dims } = tensor as DeviceFeeds[string];
  if (input.type === null) throw invalidFeed(input.name, 'has an element type that the backend cannot be fed with');
  if (type !== input.type) throw wrong(input, input.type, type, 'type');
  if (input.dims === null) return;
  if (dims.length !== input.dims.length) throw wrong(input, showDims(input.dims), showDims(dims), 'dims');
  for (const [axis, expected] of input.dims.entries()) {
    const size = dims[axis] as number;
    if (typeof expected === 'number' && size !== expected)
      throw wrong(input, showDims(input.dims), showDims(dims), 'dims');
    if (typeof expected === 'string') bind(expected, { size, input: input.name, axis }, symbols);
  }
}

function faultOf(tensor: DeviceFeeds[string] | undefined): string | undefined {
  if (tensor instanceof DeviceTensor) return undefined;
  return isOnGpu(tensor)
    ? 'this is a copy of a device tensor, which belongs to the thread that made it: feed that one there, or what its download() gives'
    : tensorFault(tensor);
}

function bind(symbol: string, bound: Bound, symbols: Map<string, Bound>): void {
  const first = symbols.get(symbol);
  if (first === undefined) symbols.set(symbol, bound);
  else if (first.size !== bound.size) {
    throw new EngineryError(
      'ENGINERY_INVALID_FEED',
      `Input "${bound.input}": dimension ${bound.axis} ("${symbol}") is ${bound.size}, ` +
        `but dimension ${first.axis} of input "${first.input}" has the same name and is ${first.size}`,
      { details: { input: bound.input, expected: first.size, got: bound.size, symbol } },
    );
  }
}

function describe({ type, dims }: ValueInfo): string {
  return `${type ?? 'a tensor'}${dims === null ? ' of any rank' : ` ${showDims(dims)}`}`;
}

function wrong({ name }: ValueInfo, expected: string, got: string, what?: string): EngineryError {
  const where = what === undefined ? '' : ` ${what}`;
  return new EngineryError('ENGINERY_INVALID_FEED', `Input "${name}": expected${where} ${expected}, got ${got}`, {
    details: { input: name, expected, got },
  });
}

function unknownInput(name: string, inputs: readonly ValueInfo[]): EngineryError {
  const names = inputs.map((input) => `"${input.name}"`).join(', ');
  return new EngineryError(
    'ENGINERY_INVALID_FEED',
    `The model has no input "${name}"; its inputs are ${names || 'none'}`,
    {
      details: { input: name, expected: inputs.map((input) => input.name) },
    },
  );
}
