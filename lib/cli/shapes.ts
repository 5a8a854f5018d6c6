/**
 * trtexec's shape syntax: `image:1x3x224x224,mask:1x224`.
 *
 * The last colon ends the name, so `input:0:1x3` is the input `input:0`; a name with a comma goes in single quotes.
 */

import { EngineryError } from '../errors.js';

/** Dimensions (or, for shape tensors, values) by input. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

const NUMBER = /^-?\d+$/;

/**
 * Reads one shape option.
 *
 * @param spec `name:AxBxC[,name:…]`; a scalar is `name:scalar`
 * @param option the option's name, for the error
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT`
 *
 * @example
 * ```ts
 * parseShapes('image:1x1x28x28', '--minShapes'); // Map { 'image' => [1, 1, 28, 28] }
 * ```
 */
export function parseShapes(spec: string, option: string): Shapes {
  const shapes = new Map<string, readonly number[]>();
  for (const part of splitOutsideQuotes(spec)) {
    const colon = part.lastIndexOf(':');
    const name = part
      .slice(0, Math.max(colon, 0))
      .trim()
      .replace(/^'(.*)'$/, '$1');
    const text = part.slice(colon + 1).trim();
    const dims = text === 'scalar' ? [] : text.split('x').map((dim) => (NUMBER.test(dim) ? Number(dim) : Number.NaN));
    if (name === '' || !dims.every(Number.isSafeInteger)) {
      throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${option}: cannot read '${part}'`, {
        hint: `Write ${option}=name:1x3x224x224, and commas between inputs.`,
      });
    }
    if (shapes.has(name)) {
      throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${option}: '${name}' stands there twice`, {
        hint: 'Put --profile=N before the shapes of another optimization profile.',
      });
    }
    shapes.set(name, dims);
  }
  return shapes;
}

/** The parts between commas; a comma in single quotes is part of a name. */
export function splitOutsideQuotes(spec: string): string[] {
  return spec.split(/,(?=(?:[^']*'[^']*')*[^']*$)/);
}
