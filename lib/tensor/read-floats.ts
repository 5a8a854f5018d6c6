/** Elements of floating-point tensors as numbers, a part at a time. */

import type { ElementType } from './element-type.js';
import { decodeElements } from './elements.js';
import { isFloatType } from './float-formats.js';
import type { TensorData } from './storage.js';

const WIDE: readonly string[] = ['float32', 'float64', 'complex64', 'complex128'] satisfies ElementType[];

/** True for types that {@link readFloats} reads: floating-point numbers of 8 bits or more. */
export function isFloat(type: ElementType): boolean {
  return WIDE.includes(type) || (isFloatType(type) && type !== 'float4e2m1');
}

/** Reads numbers from `start` on until `target` is full; complex ones as real and imaginary parts in turn. */
export function readFloats(type: ElementType, data: TensorData, start: number, target: Float64Array): void {
  const part = (data as Float32Array).subarray(start, start + target.length);
  target.set(WIDE.includes(type) ? part : decodeElements(type, part));
}
