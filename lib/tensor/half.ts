/** 16-bit floats, given as their bits. */

/** The value of a float16 (IEEE 754 binary16). */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (mantissa + 0x400) * 2 ** (exponent - 25);
}

/** The value of a bfloat16: a float32 without its lower half. */
export function brainToNumber(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? Number.NaN;
}
