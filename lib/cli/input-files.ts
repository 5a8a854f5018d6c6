/** Reading one file as an input of a model. */

import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { EngineryError, messageOf } from '../errors.js';
import { loadImage } from '../image/load-image.js';
import { imageSpecWith, type Preprocess } from '../image/preprocess.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { fileError } from '../onnx/open-file.js';
import { elementBytes } from '../tensor/element-type.js';
import { tensorFromJson } from '../tensor/json.js';
import { parseNpy } from '../tensor/npy.js';
import { elementsOf } from '../tensor/storage.js';
import { elementCount, showDims, Tensor, type TensorLike } from '../tensor/tensor.js';

/** What a file itself does not say. */
export interface InputHints {
  /** Dims of raw bytes; default: the input's own. */
  readonly dims?: readonly unknown[] | null | undefined;
  /** What images must become. */
  readonly preprocess?: Preprocess | undefined;
}

/**
 * Reads a file by its ending: `.npy`, `.json` and `.bin` (little-endian, in row-major order) as they are, anything else as an
 * image.
 *
 * @throws EngineryError `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`; `ENGINERY_INVALID_ARGUMENT` for contents that are not
 * understood; what `loadImage` throws.
 */
export async function loadInput(
  file: string,
  input: ValueInfo,
  { dims = input.dims, preprocess = {} }: InputHints = {},
): Promise<TensorLike> {
  switch (extname(file).toLowerCase()) {
    case '.npy':
      return parseNpy(await contentOf(file), file);
    case '.json':
      return tensorFromJson(parseJson(await contentOf(file), file), input.type, file);
    case '.bin':
      return fromBytes(await contentOf(file), file, input, dims);
    default:
      return loadImage(file, imageSpecWith(preprocess, input.dims, input.name));
  }
}

function contentOf(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw fileError(file, error);
  });
}

function parseJson(content: Buffer, file: string): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `${file}: ${messageOf(cause)}`, { cause });
  }
}

function fromBytes(content: Buffer, file: string, { name, type }: ValueInfo, dims: InputHints['dims']): Tensor {
  if (type === null || type === 'string') throw misfit(`${file}: input "${name}" is ${type ?? 'of unknown type'}`);
  const shape = dims ?? null;
  const count = shape === null ? undefined : elementCount(shape);
  if (shape === null || count === undefined) {
    const open = shape === null ? 'is of unknown rank' : `has open dims: ${showDims(shape)}`;
    throw misfit(`${file}: input "${name}" ${open}`, `Give its shape: --shapes=${name}:…`);
  }
  const bytes = elementBytes(type, count);
  if (bytes !== content.length) {
    const hint = `Another shape is given as --shapes=${name}:…`;
    throw misfit(`${file} has ${content.length} bytes; ${type} ${showDims(shape)} has ${bytes}`, hint);
  }
  // Copied, as a Buffer need not lie on a multiple of an element's size.
  return new Tensor(type, elementsOf(type, new Uint8Array(content)), shape as readonly number[]);
}

function misfit(message: string, hint?: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_ARGUMENT', message, { hint });
}
