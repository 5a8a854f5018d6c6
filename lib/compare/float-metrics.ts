/** How far two floating-point outputs lie apart. */

import { CHUNK, inChunks } from '../tensor/chunks.js';
import { readFloats } from '../tensor/read-floats.js';
import type { Tensor } from '../tensor/tensor.js';
import { ClassAgreement } from './class-agreement.js';
import { ErrorDistribution, type ErrorSummary } from './error-distribution.js';

/** A pair of elements. */
export interface Place<T> {
  /** The run, from 0. */
  readonly run: number;
  /** The element in row-major order, from 0. */
  readonly index: number;
  readonly a: T;
  readonly b: T;
}

/**
 * Errors between floating-point outputs, over all runs. A complex number counts as two elements.
 *
 * Errors, cosine and PSNR are of the pairs in which both elements are finite. A pair in which one is NaN or infinite and the
 * other is not the same counts as `mismatched`.
 */
export interface FloatMetrics {
  readonly kind: 'float';
  /** Pairs of elements. */
  readonly elements: number;
  /** Of `|a - b|`. Null where no pair is finite. */
  readonly absolute: ErrorSummary | null;
  /** Of `|a - b| / max(|a|, |b|)`, 0 where both are 0: from 0 to 2, the same from either side. Null where no pair is finite. */
  readonly relative: ErrorSummary | null;
  /** The lowest of the runs. `Σab / √(Σa² · Σb²)`; 1 where all of both are 0, 0 where all of one are. Null where no pair is finite. */
  readonly cosine: number | null;
  /**
   * The lowest of the runs, in dB. `10 · log10(R² / MSE)` with `MSE = Σ(a - b)² / n` and `R = max(a) - min(a)`; where all of `a`
   * are equal, R is their magnitude, or 1 where that is 0. Null where no run has an error: it would be infinite.
   */
  readonly psnr: number | null;
  /**
   * Part of the rows in which both have their largest element at the same place; of equals the first. A row is the last
   * dimension. Null for ranks below 2, rows of one element, and complex numbers.
   */
  readonly top1: number | null;
  /** Part of the rows in which the place of a's largest element is among those of b's five largest. Null also for rows of up to five. */
  readonly top5: number | null;
  /** Elements that are NaN. */
  readonly nan: { readonly a: number; readonly b: number };
  /** Elements that are infinite. */
  readonly infinite: { readonly a: number; readonly b: number };
  /** Pairs in which one element is NaN or infinite and the other is not the same. */
  readonly mismatched: number;
  /** The pair with the largest absolute error; null where there is none. */
  readonly worst: Place<number> | null;
}

/** Sums over the finite pairs of one run. */
interface Sums {
  pairs: number;
  ab: number;
  aa: number;
  bb: number;
  squares: number;
  lowest: number;
  highest: number;
}

/** Collects pairs of outputs, a run at a time. */
export class FloatComparison {
  #elements = 0;
  readonly #absolute = new ErrorDistribution();
  readonly #relative = new ErrorDistribution();
  #cosine: number | null = null;
  #psnr: number | null = null;
  #rows = 0;
  #same = 0;
  #fiveRows = 0;
  #among = 0;
  readonly #nan = { a: 0, b: 0 };
  readonly #infinite = { a: 0, b: 0 };
  #mismatched = 0;
  #worst: Place<number> | null = null;
  #worstError = 0;
  readonly #a = new Float64Array(CHUNK);
  readonly #b = new Float64Array(CHUNK);

  /** Takes two outputs with the same dims, each of a type that `readFloats` reads. They must not change until it is done. */
  async add(a: Tensor, b: Tensor, run: number): Promise<void> {
    const length = (a.data as Float32Array).length;
    const classes = a.dims.length >= 2 && !a.type.startsWith('complex') ? (a.dims.at(-1) as number) : 0;
    const agreement = classes >= 2 ? new ClassAgreement(classes) : undefined;
    const sums: Sums = {
      pairs: 0,
      ab: 0,
      aa: 0,
      bb: 0,
      squares: 0,
      lowest: Number.POSITIVE_INFINITY,
      highest: Number.NEGATIVE_INFINITY,
    };
    await inChunks(length, (start, end) => {
      const x = this.#a.subarray(0, end - start);
      const y = this.#b.subarray(0, end - start);
      readFloats(a.type, a.data, start, x);
      readFloats(b.type, b.data, start, y);
      for (let i = 0; i < x.length; i += 1) {
        const p = x[i] as number;
        const q = y[i] as number;
        agreement?.add(p, q);
        // Infinity - Infinity is NaN, and so is whatever NaN takes part in.
        if (Number.isFinite(p) && Number.isFinite(q)) this.#addPair(p, q, run, start + i, sums);
        else this.#addUnusual(p, q);
      }
    });
    this.#elements += length;
    if (sums.pairs > 0) this.#addRun(sums);
    if (agreement !== undefined) this.#addRows(agreement, classes);
  }

  #addPair(a: number, b: number, run: number, index: number, sums: Sums): void {
    const error = Math.min(Math.abs(a - b), Number.MAX_VALUE);
    const magnitude = Math.max(Math.abs(a), Math.abs(b));
    this.#absolute.add(error);
    this.#relative.add(magnitude === 0 ? 0 : error / magnitude);
    if (error > this.#worstError) {
      this.#worstError = error;
      this.#worst = { run, index, a, b };
    }
    sums.pairs += 1;
    sums.ab += a * b;
    sums.aa += a * a;
    sums.bb += b * b;
    sums.squares += error * error;
    if (a < sums.lowest) sums.lowest = a;
    if (a > sums.highest) sums.highest = a;
  }

  #addUnusual(a: number, b: number): void {
    this.#nan.a += Number.isNaN(a) ? 1 : 0;
    this.#nan.b += Number.isNaN(b) ? 1 : 0;
    this.#infinite.a += Math.abs(a) === Number.POSITIVE_INFINITY ? 1 : 0;
    this.#infinite.b += Math.abs(b) === Number.POSITIVE_INFINITY ? 1 : 0;
    this.#mismatched += Object.is(a, b) ? 0 : 1;
  }

  #addRun({ pairs, ab, aa, bb, squares, lowest, highest }: Sums): void {
    const cosine = aa === 0 || bb === 0 ? (aa === bb ? 1 : 0) : Math.min(1, Math.max(-1, ab / Math.sqrt(aa * bb)));
    this.#cosine = Math.min(this.#cosine ?? 1, cosine);
    if (squares === 0) return;
    const range = highest - lowest || Math.abs(highest) || 1;
    const psnr = 10 * Math.log10(range ** 2 / (squares / pairs));
    this.#psnr = Math.min(this.#psnr ?? Number.POSITIVE_INFINITY, psnr);
  }

  #addRows({ rows, same, among }: ClassAgreement, classes: number): void {
    this.#rows += rows;
    this.#same += same;
    if (classes <= 5) return;
    this.#fiveRows += rows;
    this.#among += among;
  }

  /** The metrics of all that was added. */
  metrics(): FloatMetrics {
    return {
      kind: 'float',
      elements: this.#elements,
      absolute: this.#absolute.summary(),
      relative: this.#relative.summary(),
      cosine: this.#cosine,
      psnr: this.#psnr,
      top1: this.#rows === 0 ? null : this.#same / this.#rows,
      top5: this.#fiveRows === 0 ? null : this.#among / this.#fiveRows,
      nan: this.#nan,
      infinite: this.#infinite,
      mismatched: this.#mismatched,
      worst: this.#worst,
    };
  }
}
