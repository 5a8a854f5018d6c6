/** Weights that lie in other files beside the model. */

import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { EngineryError } from '../errors.js';
import { fileError } from './open-file.js';
import { called, type StoredTensor } from './tensor-reader.js';

/** A file with weights of a model. */
export interface ExternalFile {
  /** As the model names it: relative to the model's folder. */
  readonly location: string;
  readonly path: string;
  /** Size of the file. */
  readonly bytes: number;
}

/** The part of a file that some tensors need. */
interface Need {
  end: number;
  /** The tensor that reaches furthest. */
  tensor: string;
}

/** Files looked up at a time. */
const AT_ONCE = 16;

/**
 * Finds the files that hold a model's external data and checks that each lies in the model's folder and is long enough.
 * A link may lead to the folder where the model itself really lies, as in caches that link to blobs, and nowhere else.
 *
 * @param name - The model's name, for messages.
 * @param path - Path of the model, or null where it came as bytes.
 * @param tensors - Its tensors with external data.
 * @returns The files, in order of their locations (by UTF-16 code units).
 * @throws EngineryError `ENGINERY_EXTERNAL_DATA`, naming the tensor and the file; `ENGINERY_FILE_UNREADABLE`.
 */
export async function findExternalFiles(
  name: string,
  path: string | null,
  tensors: readonly StoredTensor[],
): Promise<ExternalFile[]> {
  const [first] = tensors;
  if (first === undefined) return [];
  if (path === null) {
    const hint = 'Pass the path of the model instead of its bytes: the other files are looked up in its folder.';
    throw externalData(`${name} keeps ${called(first.name)} in another file, which bytes cannot lead to`, hint);
  }
  const needs = new Map<string, Need>();
  for (const tensor of tensors) addNeed(needs, path, tensor);

  const folders = await foldersOf(path);
  const wanted = [...needs].sort(([a], [b]) => (a < b ? -1 : 1));
  const files: ExternalFile[] = [];
  for (let i = 0; i < wanted.length; i += AT_ONCE) {
    const some = wanted.slice(i, i + AT_ONCE);
    files.push(...(await Promise.all(some.map(([location, need]) => findFile(path, folders, location, need)))));
  }
  return files;
}

/** Where the model's path leads, and where the model lies when the path is a link. */
async function foldersOf(path: string): Promise<string[]> {
  try {
    return [await realpath(dirname(path)), dirname(await realpath(path))];
  } catch (error) {
    throw fileError(path, error);
  }
}

function addNeed(needs: Map<string, Need>, path: string, tensor: StoredTensor): void {
  const location = tensor.external?.get('location') ?? '';
  if (location === '') throw externalData(`${path} does not say in which file ${called(tensor.name)} lies`);
  if (location.includes('\0') || isAbsolute(location) || /^([A-Za-z]:|\\)/.test(location)) {
    throw leaves(path, tensor.name, location, 'is not a path relative to the folder of the model');
  }
  const offset = readNumber(path, tensor, 'offset') ?? 0;
  const length = readNumber(path, tensor, 'length') ?? tensor.bytes;
  if (length < tensor.bytes) {
    throw externalData(
      `${path} gives ${called(tensor.name)} ${length} bytes of ${location}; its type and shape need ${tensor.bytes}`,
    );
  }
  const need = needs.get(location);
  if (need === undefined || offset + length > need.end) {
    needs.set(location, { end: offset + length, tensor: tensor.name });
  }
}

function readNumber(path: string, tensor: StoredTensor, key: 'offset' | 'length'): number | undefined {
  const text = tensor.external?.get(key);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 2 ** 52) {
    throw externalData(`${path} gives ${called(tensor.name)} an impossible ${key} in another file: '${text}'`);
  }
  return value;
}

async function findFile(
  model: string,
  folders: readonly string[],
  location: string,
  need: Need,
): Promise<ExternalFile> {
  const path = resolve(dirname(model), location);
  if (!isWithin(dirname(resolve(model)), path))
    throw leaves(model, need.tensor, location, 'leaves the folder of the model');
  let real: string;
  let stats: Stats;
  try {
    real = await realpath(path);
    stats = await stat(real);
  } catch (cause) {
    const error = fileError(path, cause);
    if (error.code !== 'ENGINERY_FILE_NOT_FOUND') throw error;
    const hint = 'Put the file beside the model, under the name that the model gives.';
    throw externalData(`${model} keeps ${called(need.tensor)} in ${path}, which does not exist`, hint, cause);
  }
  if (!folders.some((folder) => isWithin(folder, real))) {
    throw leaves(model, need.tensor, location, `is a link that leaves the folder of the model, to ${real}`);
  }
  if (!stats.isFile()) throw externalData(`${model} keeps ${called(need.tensor)} in ${path}, which is no regular file`);
  if (stats.size < need.end) {
    throw externalData(
      `${path} has ${stats.size} bytes; ${called(need.tensor)} of ${model} needs ${need.end}`,
      'The file was cut short, or belongs to another model: copy or export it again.',
    );
  }
  return { location, path, bytes: stats.size };
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function leaves(model: string, tensor: string, location: string, what: string): EngineryError {
  const message = `${model} keeps ${called(tensor)} in '${location}', which ${what}`;
  return externalData(message, 'A model may name only files in its own folder: save it again with relative locations.');
}

function externalData(message: string, hint?: string, cause?: unknown): EngineryError {
  return new EngineryError('ENGINERY_EXTERNAL_DATA', message, { hint, cause });
}
