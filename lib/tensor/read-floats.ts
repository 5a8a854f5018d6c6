/** Elements of floating-point tensors as numbers. */

import type { ElementType } from './element-type.js';
import type { TensorData } from './storage.js';

/** Types that are read as numbers; complex ones as real and imaginary parts in turn. */
const FLOATS: ReadonlySet<string> = new Set([
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'complex64',
  'complex128',
] satisfies ElementType[]);

/** True for types that {@link readFloats} reads. */
export function isFloat(type: string): boolean {
  return FLOATS.has(type);
}

/** Reads numbers from `start` on until `target` is full. */
export function readFloats(type: ElementType, data: TensorData, start: number, target: Float64Array): void {
  if (data instanceof Uint16Array) {
    const decode = type === 'bfloat16' ? fromBfloat16 : fromFloat16;
    for (let i = 0; i < target.length; i += 1) target[i] = decode(data[start + i] as number);
  } else {
    target.set((data as Float32Array | Float64Array).subarray(start, start + target.length));
  }
}

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(bits: number): number {
  asBits[0] = bits << 16;
  return asFloat[0] as number;
}

/** 1 bit of sign, 5 of exponent, 10 of fraction. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  // 1.fraction · 2^(exponent - 15), written so that the power is an integer.
  return (sign * (0x400 + fraction) * (1 << exponent)) / 2 ** 25;
}
