/** `--loadInputs name:file,…`: as trtexec has it, and `.npy` files and images besides. */

import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { benchShapes } from '../bench/feeds.js';
import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { fileError } from '../onnx/open-file.js';
import { elementBytes } from '../tensor/element-type.js';
import { elementsOf } from '../tensor/storage.js';
import { elementCount, showDims, Tensor, type TensorLike } from '../tensor/tensor.js';
import { loadInput } from './input-files.js';
import { splitOutsideQuotes } from './shapes.js';

const DECODED = new Set(['.npy', '.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif', '.tif', '.tiff', '.svg']);

/**
 * Loads inputs from files: `.npy`, an image, or else the bytes of the elements, as trtexec takes them, in the shape of the
 * input.
 *
 * @param spec - `name:file[,name:file…]`; a name with a comma goes in single quotes.
 * @param shapes - Of inputs, where the model leaves them open.
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT`, or what reading the file throws.
 */
export async function loadInputs(
  spec: string,
  inputs: readonly ValueInfo[],
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<Record<string, TensorLike>> {
  const feeds: Record<string, TensorLike> = Object.create(null);
  for (const part of splitOutsideQuotes(spec)) {
    const [input, file] = split(part.trim(), inputs);
    const decoded = DECODED.has(extname(file).toLowerCase());
    feeds[input.name] = decoded ? await loadInput(file, input) : await loadBytes(file, input, shapes);
  }
  return feeds;
}

function split(part: string, inputs: readonly ValueInfo[]): [input: ValueInfo, file: string] {
  for (const input of inputs) {
    for (const start of [`${input.name}:`, `'${input.name}':`]) {
      if (part.startsWith(start)) return [input, part.slice(start.length)];
    }
  }
  const names = inputs.map(({ name }) => name).join(', ');
  const message = `--loadInputs ${part}: expected <name>:<file>, with one of the model's inputs: ${names || 'it has none'}`;
  throw new EngineryError('ENGINERY_INVALID_ARGUMENT', message);
}

async function loadBytes(
  file: string,
  input: ValueInfo,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<Tensor> {
  const { name, type } = input;
  const shape = shapes[name];
  const dims = benchShapes([input], shape === undefined ? {} : { [name]: shape }).get(name) ?? [];
  if (type === null || type === 'string') {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `--loadInputs ${name}: bytes cannot be read as this input`);
  }
  const bytes = await readFile(file).catch((error: unknown) => {
    throw fileError(file, error);
  });
  const expected = elementBytes(type, elementCount(dims) ?? 0);
  if (bytes.length !== expected) {
    const message = `${file} has ${bytes.length} bytes, and ${type} ${showDims(dims)} takes ${expected}`;
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', message, { hint: 'Give the shape with --shapes.' });
  }
  // Copied, as what was read need not lie on a multiple of an element's size.
  return new Tensor(type, elementsOf(type, new Uint8Array(bytes)), dims);
}
