/** A sample of numbers in a few. */

import { median, percentile } from './percentile.js';

/** What {@link summarize} gives. NaN throughout where there were no numbers. */
export interface Summary {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly median: number;
  /** By percent, as asked for: `{ '90': 1.25, '99.9': 3.5 }`. */
  readonly percentiles: Readonly<Record<string, number>>;
}

/**
 * Summarizes numbers.
 *
 * @param values - In any order; left as they are.
 * @param percents - Percentiles to give, from 0 to 100.
 */
export function summarize(values: readonly number[], percents: readonly number[]): Summary {
  const sorted = Float64Array.from(values).sort();
  return {
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    median: median(sorted),
    percentiles: Object.fromEntries(percents.map((percent) => [String(percent), percentile(sorted, percent)])),
  };
}
