import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder } from './folders.js';
import { names } from './python.js';
import { discard } from './temporary.js';
import { compareVersions } from './version.js';

/** Libraries that `enginery setup` can obtain. */
export type ObtainableProduct = 'tensorrt-rtx' | 'onnxruntime';

/** A library that `enginery setup` obtained. */
export interface ObtainedLibrary {
  readonly product: ObtainableProduct;
  readonly version: string;
  readonly folder: string;
  /** The library itself. */
  readonly path: string;
  /** Of all files together. */
  readonly bytes: number;
}

/** What setup writes beside the files, last: a folder without it was never finished. */
export interface ObtainedRecord {
  readonly product: ObtainableProduct;
  readonly version: string;
  readonly wheel: string;
  /** Name of the library's file. */
  readonly library: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

export const RECORD_NAME = 'enginery.json';

/** One folder per library below this one; names that begin with a dot are setups under way. */
export function librariesFolder(): string {
  return join(dataFolder(), 'libraries');
}

/** What `enginery setup` has obtained and is still complete, the newest version of each product first. */
export async function listObtained(): Promise<ObtainedLibrary[]> {
  const folders = (await names(librariesFolder())).filter((name) => !name.startsWith('.'));
  const found = await Promise.all(folders.map((name) => readObtained(join(librariesFolder(), name))));
  return found
    .filter((entry) => entry !== null)
    .sort((a, b) => a.product.localeCompare(b.product) || compareVersions(b.version, a.version));
}

/** The library in a folder; null where it is not one of ours or files are missing or of another size. */
export async function readObtained(folder: string): Promise<ObtainedLibrary | null> {
  try {
    const record = JSON.parse(await readFile(join(folder, RECORD_NAME), 'utf8')) as ObtainedRecord;
    let bytes = 0;
    for (const file of record.files) {
      if ((await stat(join(folder, file.name))).size !== file.bytes) return null;
      bytes += file.bytes;
    }
    const { product, version } = record;
    return { product, version, folder, path: join(folder, record.library), bytes };
  } catch {
    return null;
  }
}

/**
 * Deletes what setup obtained of a product, or one version of it, and gives what it deleted.
 *
 * @param version as in `1.7.1.116`; all versions if absent
 */
export async function removeObtained(product: ObtainableProduct, version?: string): Promise<ObtainedLibrary[]> {
  const doomed = (await listObtained()).filter(
    (entry) => entry.product === product && (version === undefined || entry.version === version),
  );
  for (const { folder } of doomed) await discard(folder);
  return doomed;
}
