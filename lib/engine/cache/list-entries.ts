/** What the engine cache holds. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../manifest-fields.js';
import { KEY, USED } from './cache-folder.js';

/** An entry as the file system shows it; its engine is not digested. */
export interface ListedEntry {
  readonly key: string;
  /** Path of the engine file; null where the entry is broken. */
  readonly engine: string | null;
  /** Of all its files. */
  readonly bytes: number;
  readonly lastUsed: Date;
  /** What its manifest says; null where that cannot be read. */
  readonly model: string | null;
  readonly library: string | null;
}

/** All entries, the one last used first. */
export async function listEntries(folder: string): Promise<ListedEntry[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => KEY.test(name));
  const entries: ListedEntry[] = [];
  for (const key of names) {
    const entry = await describe(join(folder, key), key).catch(() => null); // evicted meanwhile
    if (entry !== null) entries.push(entry);
  }
  return entries.sort((a, b) => b.lastUsed.getTime() - a.lastUsed.getTime());
}

async function describe(path: string, key: string): Promise<ListedEntry> {
  const names = await readdir(path);
  let bytes = 0;
  let lastUsed = (await stat(path)).mtime;
  for (const name of names) {
    const { size, mtime } = await stat(join(path, name));
    bytes += size;
    if (name === USED) lastUsed = mtime;
  }
  const engine = names.find((name) => name.endsWith('.engine'));
  const manifest = engine === undefined ? null : await manifestOf(join(path, `${engine}.json`));
  return {
    key,
    engine: engine === undefined ? null : join(path, engine),
    bytes,
    lastUsed,
    model: manifest?.model?.name ?? null,
    library: manifest?.runtime ? `${manifest.runtime.product} ${manifest.runtime.version}` : null,
  };
}

async function manifestOf(path: string): Promise<Partial<Manifest> | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Partial<Manifest> | null;
  } catch {
    return null;
  }
}
