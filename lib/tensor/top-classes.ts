/** The most probable classes in a classifier's output. */

import { EngineryError } from '../errors.js';
import { showDims, type Tensor } from './tensor.js';

/** A class and how probable it is. */
export interface TopClass {
  readonly class: number;
  /** From 0 to 1. */
  readonly probability: number;
}

/**
 * The most probable classes, per row. The last dimension counts the classes. Scores become probabilities by softmax, unless
 * the row is a probability distribution already.
 *
 * @param scores - float32 or float64, of rank 1 or more.
 * @param count - How many classes to give; fewer where there are fewer.
 * @returns one list for each row, most probable first; of equals, the lower class
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` for other tensors.
 */
export function topClasses(scores: Tensor, count: number): TopClass[][] {
  const classes = scores.dims.at(-1) ?? 0;
  const { data } = scores;
  if (!(data instanceof Float32Array || data instanceof Float64Array) || classes === 0) {
    throw new EngineryError(
      'ENGINERY_INVALID_ARGUMENT',
      `Classes are read from float32 or float64 scores, not from ${scores.type} ${showDims(scores.dims)}`,
    );
  }
  const rows: TopClass[][] = [];
  for (let start = 0; start < data.length; start += classes) {
    const probabilities = toProbabilities(Array.from(data.subarray(start, start + classes)));
    const ranked = probabilities.map((probability, index) => ({ class: index, probability }));
    ranked.sort((a, b) => b.probability - a.probability || a.class - b.class);
    rows.push(ranked.slice(0, count));
  }
  return rows;
}

function toProbabilities(row: readonly number[]): readonly number[] {
  const sum = row.reduce((total, value) => total + value, 0);
  if (row.every((value) => value >= 0 && value <= 1) && Math.abs(sum - 1) < 1e-3) return row;
  const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = row.map((value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
