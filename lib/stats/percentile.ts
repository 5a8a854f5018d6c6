/** Percentiles and the median of numbers in ascending order, as trtexec defines them. */

/**
 * The largest number that is left when the highest `100 - percent` percent are taken away: trtexec's definition. Always one of
 * the numbers, never one in between. NaN where there are none.
 *
 * @param sorted - In ascending order.
 * @param percent - From 0 to 100.
 *
 * @example
 * ```ts
 * percentile([1, 2, 3, 4], 50); // 2
 * ```
 */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  // The difference 100 - 99.9 comes out a little short of 0.1, and must not lose the run that it stands for.
  const excluded = Math.floor(((100 - percent) * sorted.length) / 100 + 1e-9);
  return sorted[Math.max(sorted.length - 1 - excluded, 0)] ?? Number.NaN;
}

/** The number in the middle, or the mean of the two there. NaN where there are none. */
export function median(sorted: ArrayLike<number>): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
