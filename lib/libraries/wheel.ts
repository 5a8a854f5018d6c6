import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EngineryError } from '../errors.js';
import { type Pip, saysDiskFull } from './pip.js';
import { runProgram } from './process.js';

/** A file of a wheel that was compared with the digest the wheel's RECORD states. */
export interface VerifiedFile {
  /** Relative to the unpacked wheel. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** `onnxruntime-1.30.0-cp313-….whl` → `1.30.0`. */
export function versionOfWheel(path: string): string {
  return basename(path).split('-')[1] ?? '';
}

/**
 * Unpacks a wheel, which is a zip archive, with Python's own zipfile module.
 *
 * @throws EngineryError `ENGINERY_SETUP_FAILED`, `ENGINERY_DISK_FULL`.
 */
export async function unpackWheel(pip: Pip, wheel: string, folder: string, signal?: AbortSignal): Promise<void> {
  const { code, output } = await runProgram([pip.python, '-m', 'zipfile', '-e', wheel, folder], { signal });
  if (code === 0) return;
  if (saysDiskFull(output)) {
    throw new EngineryError('ENGINERY_DISK_FULL', `The disk is full: ${basename(wheel)} could not be unpacked.`, {
      hint: 'Free some space, or point XDG_DATA_HOME to a larger disk.',
      details: { output },
    });
  }
  const said = output.trim().split('\n').at(-1);
  throw new EngineryError('ENGINERY_SETUP_FAILED', `${basename(wheel)} could not be unpacked: ${said}`, {
    details: { output },
  });
}

/**
 * Compares every file of an unpacked wheel with its RECORD, and gives them. A file that differs, is missing or is not in
 * the RECORD is an error.
 *
 * @throws EngineryError `ENGINERY_SETUP_FAILED` naming the file.
 */
export async function verifyWheel(
  folder: string,
  onProgress: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<VerifiedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const unlisted = new Set(
    entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name)),
  );
  const recordPath = [...unlisted].find((path) => path.endsWith('.dist-info/RECORD'));
  if (recordPath === undefined) throw refuse('it has no RECORD of its files');

  const verified: VerifiedFile[] = [];
  let done = 0;
  for (const { path, sha256 } of parseRecord(await readFile(recordPath, 'utf8'))) {
    const file = join(folder, path);
    // Also catches a path that leaves the folder: only files found inside it are in the set.
    if (!unlisted.delete(file)) throw refuse(`${path} is in its RECORD and not in the package`);
    if (sha256 === null) {
      if (isUnsigned(path)) continue;
      throw refuse(`its RECORD states no SHA-256 for ${path}`);
    }
    const count = (bytes: number): void => {
      done += bytes;
      onProgress(done);
    };
    const actual = await digest(file, count, signal);
    if (actual !== sha256)
      throw refuse(`${path} differs from what its RECORD states (SHA-256 ${actual}, not ${sha256})`);
    verified.push({ path, bytes: (await stat(file)).size, sha256: actual });
  }
  const [stray] = [...unlisted].filter((path) => !isUnsigned(path));
  if (stray !== undefined) throw refuse(`${stray.slice(folder.length + 1)} is not in its RECORD`);
  return verified;
}

/** RECORD cannot state its own digest, nor that of its signatures. */
function isUnsigned(path: string): boolean {
  return /\.dist-info\/RECORD(\.jws|\.p7s)?$/.test(path);
}

/** Lines of `path,sha256=<base64url>,size`; a path with a comma is in quotes. Digests come out as hex. */
function parseRecord(text: string): { path: string; sha256: string | null }[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^(?:"((?:[^"]|"")*)"|([^,]*)),(?:sha256=([\w-]+)=*)?,\d*$/.exec(line);
      if (match === null) throw refuse(`its RECORD has a line that cannot be read: ${line}`);
      const path = match[1]?.replaceAll('""', '"') ?? match[2] ?? '';
      return { path, sha256: match[3] === undefined ? null : Buffer.from(match[3], 'base64url').toString('hex') };
    });
}

function refuse(reason: string): EngineryError {
  return new EngineryError('ENGINERY_SETUP_FAILED', `The downloaded package is not intact: ${reason}.`, {
    hint: 'Run the same command again; if it fails again, check where pip downloads from (pip config list).',
  });
}

async function digest(path: string, onBytes: (bytes: number) => void, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  // Pieces small enough to keep the event loop free, large enough to be quick.
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
    hash.update(piece as Buffer);
    onBytes((piece as Buffer).length);
  }
  return hash.digest('hex');
}
