import { mkdir, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EngineryError, messageOf } from '../errors.js';
import { CATALOGUE, type CatalogueEntry } from './catalogue.js';
import { librariesFolder, type ObtainedRecord, obtainedLibraries, RECORD_NAME, readObtained } from './obtained.js';
import { downloadWheel, findPip } from './pip.js';
import type { ObtainableProduct, SetupOptions, SetupPlan, SetupResult } from './setup-library.js';
import { followSignal } from './stop.js';
import { discard, removeAbandoned, temporaryName } from './temporary.js';
import { whyUnsupported } from './verdict.js';
import { parseVersion } from './version.js';
import { unpackWheel, type VerifiedFile, verifyWheel, versionOfWheel } from './wheel.js';

const POLL_MS = 200;

/** Obtains; see {@link setupLibrary}. */
export async function obtain(product: ObtainableProduct, options: SetupOptions): Promise<SetupResult> {
  const stop = followSignal(options.signal);
  try {
    stop.signal.throwIfAborted();
    return await obtainUntilStopped(product, {
      version: options.version,
      onProgress: stop.guard(options.onProgress),
      signal: stop.signal,
    });
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    stop.release();
  }
}

async function obtainUntilStopped(product: ObtainableProduct, options: SetupOptions): Promise<SetupResult> {
  if (!Object.hasOwn(CATALOGUE, product)) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `“${product}” cannot be set up.`, {
      hint: `One of: ${Object.keys(CATALOGUE).join(', ')}`,
    });
  }
  const entry = CATALOGUE[product];
  const version = options.version ?? entry.version;
  checkVersion(product, entry, version);
  const there = (await obtainedLibraries()).find((one) => one.product === product && begins(one.version, version));
  if (there !== undefined) return { path: there.path, folder: there.folder, version: there.version, already: true };

  const home = librariesFolder();
  await makeFolder(home);
  await removeAbandoned(home);
  const pip = await findPip(options.signal);
  const plan = planFor(product, entry, version);
  options.onProgress?.({ phase: 'plan', plan });
  await checkSpace(home, plan);

  const temporary = join(home, temporaryName());
  await mkdir(temporary);
  try {
    const requirement = `${entry.wheel}==${version}${isFull(entry, version) ? '' : '.*'}`;
    const wheel = await watched(temporary, 'download', plan.downloadBytes, options, (onSize) =>
      downloadWheel(pip, {
        requirement,
        arguments: entry.arguments,
        folder: temporary,
        signal: options.signal,
        onSize,
      }),
    );
    const unpacked = join(temporary, 'unpacked');
    await mkdir(unpacked);
    await watched(unpacked, 'unpack', plan.unpackedBytes, options, () =>
      unpackWheel(pip, wheel, unpacked, options.signal),
    );
    const total = await bytesBelow(unpacked);
    const files = await verifyWheel(
      unpacked,
      (bytes) => options.onProgress?.({ phase: 'verify', bytes, totalBytes: total }),
      options.signal,
    );
    options.signal?.throwIfAborted();
    return await publish(product, temporary, unpacked, wheel, files);
  } catch (error) {
    throw toSetupError(error, home);
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}

function checkVersion(product: ObtainableProduct, entry: CatalogueEntry, version: string): void {
  const parts = parseVersion(version);
  if (parts === null || parts.length > entry.versionParts) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `“${version}” is not a version of ${entry.title}.`, {
      hint: `For example: ${product}@${entry.version}`,
    });
  }
  const reason = parts.length < 2 ? null : whyUnsupported(product, version);
  if (reason !== null) throw new EngineryError('ENGINERY_LIBRARY_UNSUPPORTED', `${reason}.`);
}

function isFull(entry: CatalogueEntry, version: string): boolean {
  return parseVersion(version)?.length === entry.versionParts;
}

function begins(version: string, wanted: string): boolean {
  return version === wanted || version.startsWith(`${wanted}.`);
}

function planFor(product: ObtainableProduct, entry: CatalogueEntry, version: string): SetupPlan {
  const { title, vendor, wheel, licence } = entry;
  const sizes = entry.sizes[version];
  return {
    ...{ product, title, vendor, version, wheel, licence },
    downloadBytes: sizes?.download ?? null,
    unpackedBytes: sizes?.unpacked ?? null,
    folder: librariesFolder(),
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new EngineryError('ENGINERY_OUTPUT_UNWRITABLE', `${folder} cannot be made: ${messageOf(error)}`, {
      hint: 'Point XDG_DATA_HOME to a folder you may write to.',
      cause: error,
    });
  }
}

/** pip keeps the download twice for a moment, then it is unpacked beside it. */
async function checkSpace(home: string, plan: SetupPlan): Promise<void> {
  if (plan.downloadBytes === null || plan.unpackedBytes === null) return;
  const needed = 2 * plan.downloadBytes + plan.unpackedBytes;
  const { bavail, bsize } = await statfs(home);
  if (bavail * bsize >= needed) return;
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  throw new EngineryError(
    'ENGINERY_DISK_FULL',
    `${plan.title} ${plan.version} needs ${mb(needed)} while it is set up, and ${home} has ${mb(bavail * bsize)} free.`,
    { hint: 'Free some space, or point XDG_DATA_HOME to a larger disk.' },
  );
}

/** Does something that fills a folder, and reports how far it is. */
async function watched<T>(
  folder: string,
  phase: 'download' | 'unpack',
  expected: number | null,
  { onProgress }: SetupOptions,
  work: (onSize: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  let totalBytes = expected;
  let most = 0;
  let over = false;
  const report = async (): Promise<void> => {
    const bytes = await bytesBelow(folder);
    if (over) return;
    // pip copies the finished file, so that the folder holds more than the whole for a moment.
    most = Math.min(Math.max(most, bytes), totalBytes ?? Number.POSITIVE_INFINITY);
    onProgress?.({ phase, bytes: most, totalBytes });
  };
  const timer = setInterval(() => void report(), POLL_MS);
  try {
    return await work((bytes) => {
      totalBytes ??= bytes;
    });
  } finally {
    over = true;
    clearInterval(timer);
  }
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Gathers what is worth keeping and puts it in place with one rename. Whoever comes first wins. */
async function publish(
  product: ObtainableProduct,
  temporary: string,
  unpacked: string,
  wheel: string,
  files: readonly VerifiedFile[],
): Promise<SetupResult> {
  const entry = CATALOGUE[product];
  const version = versionOfWheel(wheel);
  const kept = files
    .map((file) => ({ ...file, name: basename(file.path) }))
    .filter(({ name }) => entry.keep.test(name));
  const library = kept.find(({ name }) => entry.library.test(name));
  if (library === undefined) {
    throw new EngineryError('ENGINERY_SETUP_FAILED', `${basename(wheel)} does not hold ${entry.title}'s library.`);
  }
  const ready = join(temporary, 'ready');
  await mkdir(ready);
  for (const { path, name } of kept) await rename(join(unpacked, path), join(ready, name));
  const record: ObtainedRecord = {
    product,
    version,
    wheel: basename(wheel),
    library: library.name,
    files: kept.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
  };
  await writeFile(join(ready, RECORD_NAME), `${JSON.stringify(record, null, 2)}\n`);

  const folder = join(librariesFolder(), `${product}-${version}`);
  const present = await readObtained(folder);
  if (present !== null) return { path: present.path, folder, version, already: true };
  await discard(folder).catch(() => {}); // what is there, if anything, is damaged
  try {
    await rename(ready, folder);
  } catch (error) {
    const theirs = await readObtained(folder);
    if (theirs === null) throw error;
    return { path: theirs.path, folder, version, already: true };
  }
  return { path: join(folder, library.name), folder, version, already: false };
}

function toSetupError(error: unknown, home: string): unknown {
  if (error instanceof EngineryError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new EngineryError('ENGINERY_DISK_FULL', `The disk of ${home} is full.`, { cause: error });
  }
  return new EngineryError('ENGINERY_SETUP_FAILED', `The library could not be put into ${home}: ${messageOf(error)}`, {
    cause: error,
  });
}
