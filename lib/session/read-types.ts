/** Types from a model: reads it, and chooses the interface's name. */

import { basename } from 'node:path';
import { EngineryError } from '../errors.js';
import { readModel } from '../onnx/read-model.js';
import type { TypesOptions } from './types-of.js';
import { USED_TYPES, writeTypes } from './write-types.js';

/** Reads the model and writes; see {@link typesOf}. */
export async function readTypes(model: string | Uint8Array, { name }: TypesOptions): Promise<string> {
  if (name !== undefined) checkName(name);
  const info = await readModel(model);
  const file = typeof model === 'string' ? basename(model) : undefined;
  return writeTypes(info, { name: name ?? interfaceName(file ?? ''), file });
}

/** `ppocr-v4.det.onnx` gives `PpocrV4Det`, and a name without Latin letters `Model`: every compiler takes it. */
export function interfaceName(file: string): string {
  const stem = file.replace(/\.[^.]*$/, '');
  const words = stem
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .split(/[^A-Za-z0-9]+/);
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  if (USED_TYPES.includes(name)) return `${name}Model`;
  return /^[A-Z]/.test(name) ? name : `Model${name}`;
}

function checkName(name: unknown): void {
  // No word of the language, and none of its own types, starts with a capital letter.
  const isName = typeof name === 'string' && /^[A-Z_$][\w$]*$/.test(name);
  if (isName && !USED_TYPES.includes(name)) return;
  const why = isName ? 'which the file uses already' : 'expected an identifier with a capital letter, such as Digits';
  throw new EngineryError('ENGINERY_INVALID_OPTION', `name is ${JSON.stringify(name)}, ${why}`);
}
