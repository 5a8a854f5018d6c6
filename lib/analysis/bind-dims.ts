/** Giving sizes to the dims that a model leaves open. */

import { EngineryError } from '../errors.js';
import type { Dim, ValueInfo } from '../onnx/model-info.js';

/** The shapes of a model's inputs, by name, for as much as is known of them. */
export interface BoundInputs {
  readonly shapes: ReadonlyMap<string, readonly Dim[] | null>;
  /** Sizes of the names that dims have. */
  readonly names: ReadonlyMap<string, number>;
  /** Dims taken as 1 because nobody said otherwise: `batch`, or `x[0]` where they have no name. */
  readonly assumed: readonly string[];
  /** Dims that are still open, written alike. */
  readonly open: readonly string[];
}

/**
 * Gives the open dims of inputs their sizes. A first dim that is open and not given is 1: that is the batch.
 *
 * @param given - Whole shapes by input.
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` where a shape is given to no input, or does not fit it.
 */
export function bindDims(inputs: readonly ValueInfo[], given: ReadonlyMap<string, readonly number[]>): BoundInputs {
  for (const name of given.keys()) {
    if (!inputs.some((input) => input.name === name)) {
      throw misfit(`The model has no input '${name}'`, `It has ${inputs.map((input) => input.name).join(', ')}.`);
    }
  }
  const names = new Map<string, number>();
  for (const input of inputs) {
    const shape = given.get(input.name);
    if (shape !== undefined) bindNames(input, shape, names);
  }
  const assumed: string[] = [];
  for (const { name, dims } of inputs) {
    const first = dims?.[0];
    if (given.has(name) || first === undefined || typeof first === 'number') continue;
    if (typeof first === 'string' && names.has(first)) continue;
    if (typeof first === 'string') names.set(first, 1);
    assumed.push(first ?? `${name}[0]`);
  }
  const open = new Set<string>();
  const shapes = new Map<string, readonly Dim[] | null>();
  for (const { name, dims } of inputs) {
    const bound = given.get(name) ?? dims?.map((dim, i) => sizeOf(dim, i, names)) ?? null;
    bound?.forEach((dim, i) => {
      if (typeof dim !== 'number') open.add(dim ?? `${name}[${i}]`);
    });
    shapes.set(name, bound);
  }
  return { shapes, names, assumed, open: [...open] };
}

function sizeOf(dim: Dim, axis: number, names: ReadonlyMap<string, number>): Dim {
  if (typeof dim === 'string') return names.get(dim) ?? dim;
  return dim ?? (axis === 0 ? 1 : null);
}

function bindNames({ name, dims }: ValueInfo, shape: readonly number[], names: Map<string, number>): void {
  if (dims === null) return;
  const wanted = `${name} is [${dims.map((dim) => dim ?? '?').join(', ')}]`;
  if (shape.length !== dims.length) throw misfit(`${wanted}, not of rank ${shape.length}`);
  shape.forEach((size, i) => {
    const dim = dims[i] as Dim;
    if (size < 0) throw misfit(`${wanted}: a size of ${size} is impossible`);
    const fixed = typeof dim === 'string' ? names.get(dim) : dim;
    if (typeof fixed === 'number' && fixed !== size) throw misfit(`${wanted}: ${dim} is ${fixed}, not ${size}`);
    if (typeof dim === 'string') names.set(dim, size);
  });
}

function misfit(message: string, hint?: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_ARGUMENT', message, { hint });
}
