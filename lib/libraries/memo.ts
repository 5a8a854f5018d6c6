import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './folders.js';

/**
 * A small answer kept on disk between processes. The key is everything the answer depends on: another key, another answer.
 *
 * A cache that cannot be read or written costs time and nothing else, so failures to do so are no errors.
 */
export async function recall<T>(kind: string, key: readonly string[]): Promise<T | undefined> {
  const file = fileOf(kind, key);
  const held = inMemory.get(file);
  if (held !== undefined) return held as T;
  try {
    const entry = JSON.parse(await readFile(file, 'utf8')) as { key: string[]; value: T };
    if (JSON.stringify(entry.key) !== JSON.stringify(key)) return undefined;
    hold(file, entry.value);
    return entry.value;
  } catch {
    return undefined;
  }
}

/** What this process has read already. An answer never changes: another state of the world is another key. */
const inMemory = new Map<string, unknown>();
const MOST_IN_MEMORY = 256;

function hold(file: string, value: unknown): void {
  if (inMemory.size >= MOST_IN_MEMORY) inMemory.delete(inMemory.keys().next().value ?? '');
  inMemory.set(file, value);
}

/** Keeps an answer for {@link recall}. */
export async function remember<T>(kind: string, key: readonly string[], value: T): Promise<void> {
  const file = fileOf(kind, key);
  const temporary = `${file}.${randomUUID()}`;
  try {
    await mkdir(join(cacheFolder(), kind), { recursive: true });
    await writeFile(temporary, JSON.stringify({ key, value }));
    await rename(temporary, file);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/** What tells one file, and one state of it, from the next that has its name. */
export async function identityOf(path: string): Promise<string[]> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [path, ...[dev, ino, size, mtimeNs, ctimeNs].map(String)];
}

/** Whether files are all still in the states that were seen. */
export async function areUnchanged(identities: readonly (readonly string[])[]): Promise<boolean> {
  const now = await Promise.all(identities.map(([path = '']) => identityOf(path).catch(() => [])));
  return JSON.stringify(now) === JSON.stringify(identities);
}

/** Longer than the clocks of file systems take to show a change. */
const SETTLED_NS = 50_000_000n;

/**
 * Whether a file's identity is safe to remember an answer by. A file that was changed just now could be changed again without
 * another time stamp (git's "racy" entries).
 */
export function isSettled(identity: readonly string[]): boolean {
  const now = BigInt(Date.now()) * 1_000_000n;
  return now - BigInt(identity.at(-1) ?? now) > SETTLED_NS;
}

function fileOf(kind: string, key: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32);
  return join(cacheFolder(), kind, `${digest}.json`);
}
