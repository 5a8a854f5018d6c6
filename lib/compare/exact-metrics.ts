/** Where two outputs differ whose elements are compared exactly. */

import { inChunks } from '../tensor/chunks.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Place } from './float-metrics.js';

/** Something that `===` compares exactly: int64 and uint64 come as bigint. */
export type ExactElement = number | bigint | string;

/**
 * Differences between integers, booleans or strings, over all runs. Types of less than 8 bits are compared as the bytes
 * they are packed in.
 */
export interface ExactMetrics {
  readonly kind: 'exact';
  /** Pairs of elements. */
  readonly elements: number;
  /** Pairs that are not equal. */
  readonly different: number;
  /** `max |a - b|` of integers, without loss; null for everything else. */
  readonly largest: bigint | null;
  /** The first pair that is not equal; null where all are. */
  readonly first: Place<ExactElement> | null;
}

/** Collects pairs of outputs, a run at a time. */
export class ExactComparison {
  #elements = 0;
  #different = 0;
  #largest: bigint | null;
  #first: Place<ExactElement> | null = null;

  /** @param integers - The elements are integers, so that they have a difference. */
  constructor(integers: boolean) {
    this.#largest = integers ? 0n : null;
  }

  /** Takes two outputs with the same dims. They must not change until it is done. */
  async add(a: Tensor, b: Tensor, run: number): Promise<void> {
    const x = a.data as ArrayLike<ExactElement>;
    const y = b.data as ArrayLike<ExactElement>;
    await inChunks(x.length, (start, end) => {
      for (let i = start; i < end; i += 1) {
        const p = x[i] as ExactElement;
        const q = y[i] as ExactElement;
        if (p !== q) this.#addPair(p, q, run, i);
      }
    });
    this.#elements += x.length;
  }

  #addPair(a: ExactElement, b: ExactElement, run: number, index: number): void {
    if (this.#largest !== null) {
      const difference = BigInt(a) - BigInt(b);
      // An int64 and an int32 of the same value.
      if (difference === 0n) return;
      const size = difference < 0n ? -difference : difference;
      if (size > this.#largest) this.#largest = size;
    }
    this.#different += 1;
    this.#first ??= { run, index, a, b };
  }

  /** The metrics of all that was added. */
  metrics(): ExactMetrics {
    return {
      kind: 'exact',
      elements: this.#elements,
      different: this.#different,
      largest: this.#largest,
      first: this.#first,
    };
  }
}
