/** What TensorRT's own parser says of a model. */

import { EngineryError } from '../errors.js';
import { askChild } from '../libraries/child.js';
import { resolveTensorRT } from '../libraries/resolve.js';
import type { NativeError } from '../native/binding.js';
import type { NativeSupport } from '../native/build-types.js';
import { readModel } from '../onnx/read-model.js';
import { buildError, type ParserError, toParserError } from './build-errors.js';
import { titleOf } from './prepare.js';

/** What {@link modelSupport} gives. */
export interface ModelSupport {
  /** `TensorRT-RTX 1.7.1.116`. */
  readonly library: string;
  /** The parser takes the whole model. A builder may still refuse it, for one GPU or another. */
  readonly supported: boolean;
  /** The nodes it refuses, and why. It may find more once these are gone. */
  readonly errors: readonly ParserError[];
}

export type SupportAnswer = { readonly support: NativeSupport } | { readonly error: NativeError };

const TIME_LIMIT_MS = 300_000;

/**
 * Asks the parser of the TensorRT that builds would use, in a process of its own: a broken file may crash it.
 *
 * @param path of an ONNX file
 * @throws EngineryError as `readModelInfo` and `buildEngine` about libraries; `ENGINERY_BUILD_CRASHED`
 */
export async function modelSupport(path: string, options: { readonly library?: string } = {}): Promise<ModelSupport> {
  await readModel(path);
  const library = await resolveTensorRT({ path: options.library });
  const asked = new URL('./model-support-child.js', import.meta.url).href;
  const outcome = await askChild<SupportAnswer>(asked, [library.path, library.parserPath, path], TIME_LIMIT_MS);
  const title = titleOf(library);
  if (outcome.answer === undefined) {
    throw new EngineryError('ENGINERY_BUILD_CRASHED', `${title}'s parser, asked about ${path}: ${outcome.reason}`);
  }
  if ('error' in outcome.answer) throw buildError(outcome.answer.error, { model: path, library: title, options: {} });
  const { supported, errors } = outcome.answer.support;
  return { library: title, supported, errors: errors.map(toParserError) };
}
