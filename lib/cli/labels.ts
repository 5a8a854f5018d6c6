/** `--labels`: names of classes. */

import { readFile } from 'node:fs/promises';
import { fileError } from '../onnx/open-file.js';

/**
 * Reads a text file with a label on each line, the first for class 0.
 *
 * @throws EngineryError `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`
 */
export async function readLabels(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(file, error);
  });
  // A BOM is Notepad's, not the first label's.
  return text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/);
}
