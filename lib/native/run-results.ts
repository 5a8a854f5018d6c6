/** What came of runs, read from the numbers that native code writes; native/addon/run_results.h has their meaning. */

import { type ElementType, elementBytes, elementTypeOf } from '../tensor/element-type.js';
import { copyElements, elementsOf } from '../tensor/storage.js';
import { type Tensor, tensorOf } from '../tensor/tensor.js';
import type { NativeError, NativeRunResults } from './binding.js';
import type { DeviceTensor, NativeDeviceTensor } from './device-tensor.js';
import type { RunPage } from './run-page.js';

/** What a run gave. */
export interface RunResult {
  /** In the order asked for; null where the output is in its target. */
  readonly outputs: readonly (Tensor | DeviceTensor | null)[];
  readonly queueMs: number;
  readonly computeMs: number;
}

/** Takes what came of each run. */
export interface RunListener {
  /** Owns an output that has stayed on a GPU. */
  stayed(slot: number, tensor: NativeDeviceTensor): DeviceTensor;
  done(slot: number, result: RunResult): void;
  failed(slot: number, error: NativeError): void;
}

const ON_DEVICE = -2;

/** Reads the results of several runs. */
export function readResults(results: NativeRunResults, page: RunPage, listener: RunListener): void {
  const onPage = typeof results === 'number';
  const count = onPage ? results : results[0].length;
  const numbers = onPage ? page.resultNumbers : results[0];
  const bytes = onPage ? page.buffer : results[1];
  const start = onPage ? page.resultBytes : 0;
  const values = onPage ? [] : results[2];
  let at = 0;
  let value = 0;
  const next = (): number => numbers[at++] as number;
  const output = (slot: number): Tensor | DeviceTensor | null => {
    const number = next();
    if (number === 0) return null;
    const type = elementTypeOf(number) as ElementType;
    const dims: number[] = [];
    let count = 1;
    for (let rank = next(); rank > 0; rank--) {
      const dim = next();
      dims.push(dim);
      count *= dim;
    }
    const offset = next();
    if (offset === ON_DEVICE)
      return listener.stayed(slot, { type, dims, number: next(), bytes: next(), device: next() });
    if (offset >= 0) {
      const size = elementBytes(type, count) as number;
      return tensorOf(type, copyElements(type as Numeric, bytes, start + offset, size), dims);
    }
    const elements = values[value++] as Uint8Array | readonly string[];
    return tensorOf(type, ArrayBuffer.isView(elements) ? elementsOf(type as Numeric, elements) : elements, dims);
  };
  while (at < count) {
    const slot = next();
    if (next() === 0) {
      listener.failed(slot, values[value++] as NativeError);
      continue;
    }
    const queueMs = next();
    const computeMs = next();
    const outputs: RunResult['outputs'][number][] = [];
    for (let count = next(); count > 0; count--) outputs.push(output(slot));
    listener.done(slot, { outputs, queueMs, computeMs });
  }
}

type Numeric = Exclude<ElementType, 'string'>;
