/** How errors are distributed: largest, mean, median and 99th percentile, in one pass and constant memory. */

/**
 * A summary of errors `e`, each 0 or more. A percentile is the smallest error that is not exceeded by at least that part of
 * all errors, `sorted(e)[⌈p · n⌉ - 1]`, given to within 0.4 % of itself.
 */
export interface ErrorSummary {
  /** `max(e)` */
  readonly max: number;
  /** `Σe / n` */
  readonly mean: number;
  /** The 50th percentile. */
  readonly median: number;
  /** The 99th percentile. */
  readonly p99: number;
}

/** Of a float32 without sign, 8 bits of exponent and 8 of its fraction tell the bin: 65,536 bins, each 1/256 wide. */
const DROPPED_BITS = 15;
const BINS = 2 ** (31 - DROPPED_BITS);

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/** Collects errors. */
export class ErrorDistribution {
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  // Doubles count beyond 2^32.
  readonly #bins = new Float64Array(BINS);

  /** @param error - finite, 0 or more */
  add(error: number): void {
    this.#count += 1;
    this.#sum += error;
    if (error < this.#min) this.#min = error;
    if (error > this.#max) this.#max = error;
    asFloat[0] = error;
    (this.#bins[(asBits[0] as number) >>> DROPPED_BITS] as number) += 1;
  }

  /** Null where there were no errors to collect. */
  summary(): ErrorSummary | null {
    if (this.#count === 0) return null;
    return {
      max: this.#max,
      mean: this.#sum / this.#count,
      median: this.#percentile(0.5),
      p99: this.#percentile(0.99),
    };
  }

  #percentile(part: number): number {
    const rank = Math.ceil(part * this.#count);
    let bin = 0;
    for (let seen = this.#bins[0] as number; seen < rank; seen += this.#bins[bin] as number) bin += 1;
    asBits[0] = bin << DROPPED_BITS;
    return Math.min(Math.max(asFloat[0] as number, this.#min), this.#max);
  }
}
