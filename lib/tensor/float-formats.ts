/** The floating-point formats that JS has no numbers of its own for: from a number to the bits of one element, and back. */

import type { ElementType } from './element-type.js';

/** A type whose elements {@link encodeFloat} makes. */
export type FloatType =
  | 'float16'
  | 'bfloat16'
  | 'float8e4m3fn'
  | 'float8e4m3fnuz'
  | 'float8e5m2'
  | 'float8e5m2fnuz'
  | 'float8e8m0'
  | 'float4e2m1';

/** A sign bit, an exponent, a mantissa. Codes are given without the sign bit. */
interface FloatFormat {
  readonly bits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /** The code of the largest finite number. */
  readonly max: number;
  /** The code of infinity, where the format has one. */
  readonly infinity?: number;
  /** What NaN becomes. Where that is the sign bit alone, there is no -0. */
  readonly nan: number;
}

const FORMATS: Readonly<Record<Exclude<FloatType, 'float8e8m0'>, FloatFormat>> = {
  float16: { bits: 16, mantissaBits: 10, bias: 15, max: 0x7bff, infinity: 0x7c00, nan: 0x7e00 },
  bfloat16: { bits: 16, mantissaBits: 7, bias: 127, max: 0x7f7f, infinity: 0x7f80, nan: 0x7fc0 },
  float8e4m3fn: { bits: 8, mantissaBits: 3, bias: 7, max: 0x7e, nan: 0x7f },
  float8e4m3fnuz: { bits: 8, mantissaBits: 3, bias: 8, max: 0x7f, nan: 0x80 },
  float8e5m2: { bits: 8, mantissaBits: 2, bias: 15, max: 0x7b, infinity: 0x7c, nan: 0x7e },
  float8e5m2fnuz: { bits: 8, mantissaBits: 2, bias: 16, max: 0x7f, nan: 0x80 },
  // ONNX makes NaN and infinity the largest number of this format, which has neither.
  float4e2m1: { bits: 4, mantissaBits: 1, bias: 1, max: 7, nan: 7 },
};

/** True for the name of such a type. */
export function isFloatType(type: ElementType): type is FloatType {
  return type === 'float8e8m0' || Object.hasOwn(FORMATS, type);
}

/**
 * The bits of the element nearest to `x`, as ONNX's Cast rounds: half to even.
 *
 * @param saturate - What is too large becomes the largest number of an 8-bit type, else infinity, or NaN where there is none.
 */
export function encodeFloat(type: FloatType, x: number, saturate: boolean): number {
  if (type === 'float8e8m0') return encodePowerOfTwo(x, saturate);
  const format = FORMATS[type];
  if (Number.isNaN(x)) return format.nan;
  const signBit = 2 ** (format.bits - 1);
  const nearest = nearestCode(Math.abs(x), format);
  const code = nearest <= format.max ? nearest : overflow(format, saturate);
  const negative = x < 0 || Object.is(x, -0);
  return negative && (code !== 0 || format.nan !== signBit) ? code | signBit : code;
}

/** The number that the bits of an element stand for. */
export function decodeFloat(type: FloatType, code: number): number {
  if (type === 'float8e8m0') return code === POWER_NAN ? Number.NaN : powerOfTwo(code - POWER_BIAS);
  const { bits, mantissaBits, bias, max, infinity, nan } = FORMATS[type];
  const signBit = 2 ** (bits - 1);
  const magnitude = code & (signBit - 1);
  const sign = code & signBit ? -1 : 1;
  if (magnitude === infinity) return sign * Number.POSITIVE_INFINITY;
  if (magnitude > max || (code === signBit && nan === signBit)) return Number.NaN;
  const exponent = Math.max(1, magnitude >> mantissaBits); // 0 means subnormal: the steps of 1, and no leading bit
  const steps = magnitude - ((exponent - 1) << mantissaBits);
  return sign * steps * powerOfTwo(exponent - bias - mantissaBits);
}

/** The integer nearest to a number of less than 51 bits, of two the even one. NaN and infinities stay what they are. */
export function roundHalfToEven(x: number): number {
  const shift = 1.5 * 2 ** 52; // numbers of this size are integers apart, and the addition rounds
  return x + shift - shift;
}

/** The code nearest to a number from 0 on; beyond `max` where there is none. */
function nearestCode(x: number, { mantissaBits, bias }: FloatFormat): number {
  const exponent = Math.max(exponentOf(x), 1 - bias);
  const steps = roundHalfToEven(x * powerOfTwo(mantissaBits - exponent));
  // A carry out of the mantissa arrives in the exponent, as it should.
  return steps + (exponent + bias - 1) * 2 ** mantissaBits;
}

function overflow({ bits, max, infinity, nan }: FloatFormat, saturate: boolean): number {
  // Cast's attribute `saturate` is for the 8-bit types only.
  return saturate && bits === 8 ? max : (infinity ?? nan);
}

// float8e8m0 is an exponent alone: a scale. Cast rounds it up, and leaves negative numbers open.
const POWER_BIAS = 127;
const POWER_NAN = 0xff;
const POWER_MAX = 0xfe;

function encodePowerOfTwo(x: number, saturate: boolean): number {
  if (Number.isNaN(x) || x < 0) return POWER_NAN;
  if (x > powerOfTwo(POWER_MAX - POWER_BIAS)) return saturate ? POWER_MAX : POWER_NAN;
  if (x < powerOfTwo(-POWER_BIAS)) return saturate ? 0 : POWER_NAN;
  const exponent = exponentOf(x);
  return exponent + POWER_BIAS + (x > powerOfTwo(exponent) ? 1 : 0);
}

// A float64 by its bits: exact, where Math.log2 and Math.pow need not be. The high word is the second: as the rest of this
// package, little-endian.
const float64 = new Float64Array(1);
const words = new Uint32Array(float64.buffer);

/** The exponent of a number from 0 on: 0 for 1, -1023 for 0 and subnormals, 1024 for infinity. */
function exponentOf(x: number): number {
  float64[0] = x;
  return ((words[1] as number) >>> 20) - 1023;
}

/** 2 to the `exponent`, from -1022 to 1023. */
function powerOfTwo(exponent: number): number {
  words[0] = 0;
  words[1] = (exponent + 1023) << 20;
  return float64[0] as number;
}
