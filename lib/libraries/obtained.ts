import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder } from './folders.js';
import { names } from './python.js';
import type { ObtainableProduct, ObtainedLibrary } from './setup-library.js';
import { discard } from './temporary.js';
import { compareVersions } from './version.js';

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

/** What lies there complete; see {@link listObtained}. */
export async function obtainedLibraries(): Promise<ObtainedLibrary[]> {
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

/** Deletes; see {@link removeObtained}. */
export async function removeLibraries(
  product: ObtainableProduct,
  version: string | undefined,
): Promise<ObtainedLibrary[]> {
  const doomed = (await obtainedLibraries()).filter(
    (entry) => entry.product === product && (version === undefined || entry.version === version),
  );
  for (const { folder } of doomed) await discard(folder);
  return doomed;
}
