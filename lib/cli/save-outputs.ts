/** `--save`: outputs as `.npy` files. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError } from '../engine/publish.js';
import { EngineryError, messageOf } from '../errors.js';
import { formatNpy } from '../tensor/npy.js';
import type { Tensor } from '../tensor/tensor.js';

/** File names can be no longer; the rest is for `.npy` and a number. */
const LONGEST_NAME = 200;

/**
 * Writes each output into a folder, which is made where it is missing.
 *
 * @returns the paths, by output
 * @throws EngineryError `ENGINERY_OUTPUT_UNWRITABLE`, `ENGINERY_DISK_FULL`; `ENGINERY_INVALID_ARGUMENT` for a type that `.npy` cannot hold.
 */
export async function saveOutputs(
  folder: string,
  outputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, string>> {
  const files = fileNames(Object.keys(outputs));
  const saved: [string, string][] = [];
  for (const [index, [name, tensor]] of Object.entries(outputs).entries()) {
    const file = npyOf(tensor, name);
    const path = join(folder, files[index] as string);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(path, file);
    } catch (error) {
      throw writeError(path, error);
    }
    saved.push([name, path]);
  }
  return Object.fromEntries(saved);
}

function npyOf(tensor: Tensor, output: string): Uint8Array {
  try {
    return formatNpy(tensor);
  } catch (cause) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `--save: output "${output}": ${messageOf(cause)}`, { cause });
  }
}

/** A file name for each output: names come out of models, and may hold anything. */
export function fileNames(outputs: readonly string[]): string[] {
  const taken = new Set<string>();
  return outputs.map((output) => {
    const plain =
      output
        .replace(/[^\w.-]+/g, '_')
        .replace(/^\.+/, '')
        .slice(0, LONGEST_NAME) || 'output';
    let name = plain;
    // Some file systems do not tell capital letters from small ones.
    for (let i = 2; taken.has(name.toLowerCase()); i += 1) name = `${plain}-${i}`;
    taken.add(name.toLowerCase());
    return `${name}.npy`;
  });
}
