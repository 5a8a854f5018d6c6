/** Numbers on the command line. */

import { EngineryError } from '../errors.js';

/** Reads a whole number from 1 on. */
export function parseCount(option: string): (text: string) => number {
  return (text) => {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${option} ${text}: expected a whole number from 1 on`);
  };
}

/** Reads a number from 0 on, with or without decimals. */
export function parseNumber(option: string): (text: string) => number {
  return (text) => {
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${option} ${text}: expected a number from 0 on`);
  };
}

/** Reads numbers with commas between them. */
export function parseList(parse: (text: string) => number): (text: string) => number[] {
  return (list) => list.split(',').map((text) => parse(text.trim()));
}
