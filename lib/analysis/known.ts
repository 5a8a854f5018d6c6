/** What is known of a value without running the model: its type, its shape, and, of shapes that are computed, the numbers. */

import type { Dim } from '../onnx/model-info.js';
import type { ElementType } from '../tensor/element-type.js';

/** What is known of a value. */
export interface Known {
  readonly type: ElementType | null;
  /** A number, a symbolic name, or null where a size is unknown. Null as a whole where even the rank is. */
  readonly dims: readonly Dim[] | null;
  /** The content of a small tensor that shapes may be computed from; null where it is not followed. */
  readonly numbers: readonly Dim[] | null;
}

/** TensorRT's limit is 8. Shapes of more are not followed, so that no file makes them fill the memory. */
export const MAX_RANK = 12;
/** Shapes, axes, pads and scales are computed from so many numbers. */
export const MAX_NUMBERS = 16;

export const UNKNOWN: Known = { type: null, dims: null, numbers: null };

export function known(
  type: ElementType | null,
  dims: readonly Dim[] | null,
  numbers: readonly Dim[] | null = null,
): Known {
  // A shape that the model computes may be nonsense.
  const sizes = dims?.map((dim) => (typeof dim === 'number' ? size(dim) : dim)) ?? null;
  const followed = sizes !== null && sizes.length <= MAX_RANK ? sizes : null;
  return { type, dims: followed, numbers: numbers !== null && numbers.length <= MAX_NUMBERS ? numbers : null };
}

/** A dim that was computed: what is no whole number from 0 on is unknown. */
export function size(value: number): Dim {
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** The product of dims, null where one is unknown: that of none is 1. */
export function product(dims: readonly Dim[]): number | null {
  let all = 1;
  for (const dim of dims) {
    if (typeof dim !== 'number') return null;
    all *= dim;
  }
  return Number.isSafeInteger(all) ? all : null;
}

/** The axis as a number from 0 on; null where the rank has no such axis. */
export function axisOf(axis: number, rank: number): number | null {
  const from = axis < 0 ? axis + rank : axis;
  return from >= 0 && from < rank ? from : null;
}

/** Axes as numbers from 0 on; null where one does not exist, or is unknown. */
export function axesOf(axes: readonly Dim[], rank: number): number[] | null {
  const all: number[] = [];
  for (const axis of axes) {
    const from = typeof axis === 'number' ? axisOf(axis, rank) : null;
    if (from === null) return null;
    all.push(from);
  }
  return all;
}

/** The shape of two that are broadcast (https://onnx.ai/onnx/repo-docs/Broadcasting.html). */
export function broadcast(a: readonly Dim[] | null, b: readonly Dim[] | null): readonly Dim[] | null {
  if (a === null || b === null) return null;
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const offset = long.length - short.length;
  return long.map((dim, i) => (i < offset ? dim : broadcastDim(dim, short[i - offset] as Dim)));
}

function broadcastDim(a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  if (b === 1 || a === b) return a;
  // What is not 1 decides: the other must be 1 or the same.
  if (typeof a === 'number') return typeof b === 'number' ? null : a;
  return typeof b === 'number' ? b : null;
}
