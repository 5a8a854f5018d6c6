/** What the engine cache holds. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestPath, readManifest } from '../manifest.js';
import { KEY, USED } from './cache-folder.js';

/** An entry as the file system shows it: none of its files is opened. */
export interface MeasuredEntry {
  readonly key: string;
  /** Path of the engine file; null where the entry is broken. */
  readonly engine: string | null;
  /** Of all its files. */
  readonly bytes: number;
  readonly lastUsed: Date;
}

/** An entry and what its manifest says; its engine is not digested. */
export interface ListedEntry extends MeasuredEntry {
  /** Null where the manifest cannot be read, as is the next. */
  readonly model: string | null;
  readonly library: string | null;
}

/** All entries, the one last used first. */
export async function listEntries(folder: string): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = [];
  for (const entry of await measureEntries(folder)) entries.push(await describeEntry(entry));
  return entries;
}

/** As {@link listEntries}, without the manifests: what a cache of any size can be asked after every build. */
export async function measureEntries(folder: string): Promise<MeasuredEntry[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => KEY.test(name));
  const entries: MeasuredEntry[] = [];
  for (const key of names) {
    const entry = await measure(join(folder, key), key).catch(() => null); // evicted meanwhile
    if (entry !== null) entries.push(entry);
  }
  return entries.sort((a, b) => b.lastUsed.getTime() - a.lastUsed.getTime());
}

async function measure(path: string, key: string): Promise<MeasuredEntry> {
  const names = await readdir(path);
  let bytes = 0;
  let lastUsed = (await stat(path)).mtime;
  for (const name of names) {
    const { size, mtime } = await stat(join(path, name));
    bytes += size;
    if (name === USED) lastUsed = mtime;
  }
  const engine = names.find((name) => name.endsWith('.engine'));
  return { key, engine: engine === undefined ? null : join(path, engine), bytes, lastUsed };
}

/** Adds what the manifest says. */
export async function describeEntry(entry: MeasuredEntry): Promise<ListedEntry> {
  const manifest = entry.engine === null ? null : await readManifest(manifestPath(entry.engine)).catch(() => null);
  return {
    ...entry,
    model: manifest?.model.name ?? null,
    library: manifest && `${manifest.runtime.product} ${manifest.runtime.version}`,
  };
}
