/** Numbers on the command line. */

import { EngineryError } from '../errors.js';

/** Reads a whole number, from `least` on. */
export function parseCount(option: string, least = 1): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${option} ${text}: expected a whole number from ${least} on`);
  };
}

/** Reads a number, with or without decimals. */
export function parseNumber(option: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${option} ${text}: expected a number`);
  };
}

/** Reads a number from 0 on, with or without decimals. */
export function parseAmount(option: string): (text: string) => number {
  return (text) => {
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${option} ${text}: expected a number from 0 on`);
  };
}

/** Reads numbers with commas between them. */
export function parseList(parse: (text: string) => number): (text: string) => number[] {
  return (list) => list.split(',').map((text) => parse(text.trim()));
}
