/** The digest of an ONNX model: the public function. What it does is loaded when it is first called. */

import type { ExternalFile } from './external-data.js';

/** A file's digest. */
export interface FileDigest {
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** A model's digest. */
export interface ModelDigest {
  /**
   * Hex. Of a model in one file: the SHA-256 of the file. Of a model with external data: the SHA-256 of the listing that
   * `(sha256sum < model.onnx; sha256sum weights.bin …)` prints in the model's folder, external files in order of their
   * locations (by UTF-16 code units): a line `<hex>  -` for the model, then a line `<hex>  <location>` for each file.
   */
  readonly sha256: string;
  /** Of the model and its external files. */
  readonly bytes: number;
  /** External files, in order of location. */
  readonly files: readonly (FileDigest & { readonly location: string })[];
}

/** Options of {@link digestModel}. */
export interface DigestOptions {
  /** Stops the digest. */
  readonly signal?: AbortSignal | undefined;
  /** As {@link readModelInfo} gave them. Where absent, the model is read for them. */
  readonly externalFiles?: readonly ExternalFile[] | undefined;
}

/**
 * Digests a model with its external data. The event loop stays free. A file that changes meanwhile is not noticed here.
 *
 * @param model - Path of an ONNX file, or its bytes. Bytes must not change until the promise settles.
 * @returns See {@link ModelDigest.sha256} for what is hashed.
 * @throws EngineryError as {@link readModelInfo} does. Rejects with the signal's reason when aborted.
 * @example
 * ```ts
 * const { sha256 } = await digestModel('digits.onnx'); // as `sha256sum digits.onnx` prints it
 * ```
 */
export async function digestModel(model: string | Uint8Array, options: DigestOptions = {}): Promise<ModelDigest> {
  const { digest } = await import('./digest.js');
  return digest(model, options);
}
