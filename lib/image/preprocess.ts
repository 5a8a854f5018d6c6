/** `<model>.preprocess.json`: what a model expects of images beyond what its dims say. */

import { readFile } from 'node:fs/promises';
import { EngineryError, messageOf } from '../errors.js';
import { checkImageSpec, type ImageSpec, imageSpecOf } from './image-spec.js';

/** What overrides {@link imageSpecOf}: any field of an {@link ImageSpec}. */
export type Preprocess = Partial<ImageSpec>;

const FIELDS: ReadonlySet<string> = new Set([
  'channels',
  'height',
  'width',
  'layout',
  'scale',
  'mean',
  'std',
] satisfies (keyof ImageSpec)[]);

/** `digits.preprocess.json` for `digits.onnx`, and for `digits.engine`: an engine takes what its model does. */
export function preprocessPath(model: string): string {
  return `${model.replace(/\.(onnx|engine|plan)$/i, '')}.preprocess.json`;
}

/**
 * Reads the file beside a model or an engine.
 *
 * @param model - Its path.
 * @returns what it says; nothing where there is no such file
 * @throws EngineryError `ENGINERY_INVALID_OPTION` where it is no JSON object, or has a field that {@link ImageSpec} has not, or a
 * value that makes no sense; `ENGINERY_FILE_UNREADABLE`.
 *
 * @example
 * ```ts
 * // resnet50.preprocess.json: { "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225] }
 * await readPreprocess('resnet50.onnx');
 * ```
 */
export async function readPreprocess(model: string): Promise<Preprocess> {
  const path = preprocessPath(model);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new EngineryError('ENGINERY_FILE_UNREADABLE', `${path} cannot be read: ${messageOf(error)}`, {
      details: { path },
      cause: error,
    });
  }
  return parsePreprocess(text, path);
}

function parsePreprocess(text: string, path: string): Preprocess {
  const fail = (why: string, cause?: unknown): EngineryError =>
    new EngineryError('ENGINERY_INVALID_OPTION', `${path}: ${why}`, {
      hint: `Write a JSON object with any of ${[...FIELDS].join(', ')}.`,
      details: { path },
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail(messageOf(error), error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('this is no JSON object');
  for (const [field, content] of Object.entries(value)) {
    if (!FIELDS.has(field)) throw fail(`"${field}" is unknown`);
    const list = field === 'mean' || field === 'std';
    if (list !== Array.isArray(content)) throw fail(`"${field}" must ${list ? '' : 'not '}be an array`);
  }
  try {
    const { mean, std } = value as Preprocess;
    checkImageSpec({ channels: (mean ?? std)?.length === 1 ? 1 : 3, ...value });
  } catch (error) {
    throw fail(messageOf(error), error);
  }
  return value as Preprocess;
}

/**
 * What an image must become for an input: what its dims say, with `preprocess` over it. Dims that the model leaves open are
 * taken from there.
 *
 * @param dims - Dims as `readModelInfo` gives them.
 * @throws EngineryError as {@link imageSpecOf}
 */
export function imageSpecWith(
  preprocess: Preprocess,
  dims: readonly (number | string | null)[] | null,
  name: string,
): ImageSpec {
  const { layout, channels, height, width } = preprocess;
  const told = layout === 'NHWC' ? [height, width, channels] : [channels, height, width];
  const known = dims?.map((dim, axis) => (axis === 0 || isFixed(dim) ? dim : (told[axis - 1] ?? dim)));
  return { ...imageSpecOf(known ?? null, name), ...preprocess };
}

/** -1 is how some exporters write an open dim. */
function isFixed(dim: number | string | null): boolean {
  return typeof dim === 'number' && dim >= 0;
}
