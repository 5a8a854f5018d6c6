/** Rows of several callers, run as one batch: put together on the way in, given back on the way out. */

import { EngineryError } from '../errors.js';
import { DeviceTensor } from '../native/device-tensor.js';
import type { ValueInfo } from '../onnx/model-info.js';
import type { ElementType } from '../tensor/element-type.js';
import { slotsPerElement, type TensorData } from '../tensor/storage.js';
import { showDims, Tensor, type TensorLike } from '../tensor/tensor.js';
import { checkFeeds, type Feeds, invalidFeed } from './feeds.js';

/**
 * Checks the parts of a batch: each by itself, and that they fit together.
 *
 * @returns the rows of each part
 * @throws EngineryError `ENGINERY_INVALID_FEED`, with `details.part` where one part is wrong
 */
export function checkRows(parts: readonly Feeds[], inputs: readonly ValueInfo[]): number[] {
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new EngineryError('ENGINERY_INVALID_FEED', 'runRows takes an array of feeds, one for each caller');
  }
  const loose = inputs.map((input) => ({ ...input, dims: input.dims && [null, ...input.dims.slice(1)] }));
  const rows = parts.map((part, index) => {
    try {
      checkFeeds(part, loose);
      return rowsOf(part, inputs);
    } catch (error) {
      throw error instanceof EngineryError ? ofPart(error, index) : error;
    }
  });
  const total = rows.reduce((sum, count) => sum + count, 0);
  for (const { name, dims } of inputs) {
    const [first, ...others] = parts.map((part) => (part[name] as TensorLike).dims);
    const misfit = others.find(
      (it) => it.slice(1).some((dim, i) => dim !== first?.[i + 1]) || it.length !== first?.length,
    );
    if (misfit) throw invalidFeed(name, `parts of a batch differ: ${showDims(first ?? [])} and ${showDims(misfit)}`);
    const fixed = dims?.[0];
    if (typeof fixed === 'number' && fixed !== total) {
      throw invalidFeed(name, `the parts have ${total} rows together, and the model takes ${fixed}`);
    }
  }
  return rows;
}

function ofPart({ code, message, details }: EngineryError, part: number): EngineryError {
  return new EngineryError(code, `Part ${part}: ${message}`, { details: { ...details, part } });
}

function rowsOf(part: Feeds, inputs: readonly ValueInfo[]): number {
  let rows: number | undefined;
  for (const { name } of inputs) {
    const [first] = (part[name] as TensorLike).dims;
    if (first === undefined) throw invalidFeed(name, 'a scalar has no rows');
    if (rows !== undefined && first !== rows) throw invalidFeed(name, `has ${first} rows, another input ${rows}`);
    rows = first;
    if (part[name] instanceof DeviceTensor) {
      throw invalidFeed(
        name,
        'rows are put together by the CPU; the tensor lies on a GPU: feed what its download() gives',
      );
    }
    const { type, dims } = part[name] as TensorLike;
    if (!Number.isInteger(slotsPerRow(type as ElementType, dims))) {
      throw invalidFeed(name, `a row of ${type} ${showDims(dims)} does not fill whole bytes`);
    }
  }
  return rows ?? 0;
}

/** Gives each caller its rows of every output, as {@link splitRows} does. */
export function splitOutputs(
  outputs: Readonly<Record<string, unknown>>,
  rows: readonly number[],
): Record<string, Tensor>[] {
  const results: Record<string, Tensor>[] = rows.map(() => ({}));
  for (const [name, tensor] of Object.entries(outputs)) {
    for (const [i, part] of splitRows(name, tensor as Tensor, rows).entries()) {
      (results[i] as Record<string, Tensor>)[name] = part;
    }
  }
  return results;
}

/**
 * Gives each caller its rows of an output: views, not copies.
 *
 * @throws EngineryError `ENGINERY_RUN_FAILED` where the output has another number of rows than was fed.
 */
export function splitRows(name: string, tensor: Tensor, rows: readonly number[]): Tensor[] {
  const total = rows.reduce((sum, count) => sum + count, 0);
  const [first, ...rest] = tensor.dims;
  const slots = slotsPerRow(tensor.type, tensor.dims);
  if (first !== total || !Number.isInteger(slots)) {
    const message = `Output "${name}" is ${showDims(tensor.dims)}: ${total} rows were fed, and cannot be told apart in it`;
    throw new EngineryError('ENGINERY_RUN_FAILED', message, { hint: 'Run such a model without batching.' });
  }
  let at = 0;
  return rows.map((count) => {
    const from = at;
    at += count * slots;
    return new Tensor(tensor.type, part(tensor.data, from, at), [count, ...rest]);
  });
}

function slotsPerRow(type: ElementType, [, ...rest]: readonly number[]): number {
  return rest.reduce((all, dim) => all * dim, 1) * slotsPerElement(type);
}

function part(data: TensorData, from: number, to: number): TensorData {
  return Array.isArray(data) ? data.slice(from, to) : (data as Float32Array).subarray(from, to);
}
