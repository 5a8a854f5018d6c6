/** Sizes in bytes, written by people: `1GiB`, `512M`, `1073741824`. */

import { EngineryError } from '../errors.js';

const FACTORS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

const PATTERN = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b)?$/i;

/**
 * Reads a size. `K`, `KB` and `KiB` are all 1024 bytes, as in trtexec.
 *
 * @param size a number of bytes, or text with or without a unit
 * @param subject what the size is for, named in the error
 * @param bareUnit bytes in one unit of text that names none
 * @returns a positive whole number of bytes
 * @throws {@link EngineryError} `ENGINERY_INVALID_OPTION` for anything else
 *
 * @example
 * ```ts
 * parseByteSize('1GiB', 'memory.workspace'); // 1073741824
 * ```
 */
export function parseByteSize(size: number | string, subject: string, bareUnit = 1): number {
  const bytes = typeof size === 'number' ? size : textToBytes(size, bareUnit);
  if (!Number.isSafeInteger(bytes) || bytes < 1) {
    throw new EngineryError(
      'ENGINERY_INVALID_OPTION',
      `${subject}: expected a positive size in bytes, got ${typeof size === 'string' ? `'${size}'` : String(size)}`,
      { hint: "Give a number of bytes, or text with a unit: '512MiB', '1GiB'." },
    );
  }
  return bytes;
}

function textToBytes(text: string, bareUnit: number): number {
  const match = typeof text === 'string' ? PATTERN.exec(text.trim()) : null;
  if (match === null) return Number.NaN;
  const bare = /^[\d.]+$/.test(match[0]);
  const factor = bare ? bareUnit : (FACTORS[(match[2] ?? '').toUpperCase()] ?? Number.NaN);
  return Math.round(Number(match[1]) * factor);
}
