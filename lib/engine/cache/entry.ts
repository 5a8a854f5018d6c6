/** One entry of the engine cache: an engine and its manifest. */

import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf, isSettled, recall, remember } from '../../libraries/memo.js';
import type { Manifest } from '../manifest-fields.js';
import { USED } from './cache-folder.js';

/** An entry that was found whole. */
export interface Entry {
  readonly folder: string;
  readonly engine: string;
  readonly manifest: Manifest;
}

/**
 * Opens an entry. Its engine is digested the first time, and whenever the file system says that it may be another.
 *
 * @returns null where there is none, or where it is not what its manifest says
 */
export async function openEntry(folder: string): Promise<Entry | null> {
  const names = await readdir(folder).catch(() => []);
  const name = names.find((candidate) => candidate.endsWith('.engine'));
  if (name === undefined) return null;
  const engine = join(folder, name);
  const manifest = await whole(engine).catch(() => null); // what cannot be read is no entry
  return manifest && { folder, engine, manifest };
}

/** The manifest, if engine and manifest belong together. */
async function whole(engine: string): Promise<Manifest | null> {
  const path = `${engine}.json`;
  const identities = [await identityOf(engine), await identityOf(path)];
  const key = identities.flat();
  // Checking a manifest's fields means loading the checker: once for each state of the two files is enough.
  if (await recall<true>('entries', key)) return JSON.parse(await readFile(path, 'utf8')) as Manifest;
  const { readManifest } = await import('../manifest.js');
  const { digestFile } = await import('../../onnx/digest.js');
  const [manifest, { sha256 }] = await Promise.all([readManifest(path), digestFile(engine)]);
  if (manifest.plan.sha256 !== sha256) return null;
  if (identities.every(isSettled)) await remember('entries', key, true);
  return manifest;
}

/** Notes that an entry was used now. */
export async function touch(folder: string): Promise<void> {
  const now = new Date();
  await utimes(join(folder, USED), now, now).catch(() => {}); // a cache that may only be read is still a cache
}
