/** The manifest: `<engine>.json` beside an engine file. Where the engine came from, what it needs, what goes in and out. */

import { isUtf8 } from 'node:buffer';
import { EngineryError, messageOf } from '../errors.js';
import { MANIFEST_SCHEMA, type Manifest } from './manifest-fields.js';

export { MANIFEST_SCHEMA, type Manifest, type ManifestValue } from './manifest-fields.js';

/** No manifest is near this size: what is larger is another file. */
const LARGEST_FILE = 1024 * 1024;

/** Where an engine's manifest lies. */
export function manifestPath(engine: string): string {
  return `${engine}.json`;
}

/** Where a manifest waits while its engine is put in place. */
export function nextManifestPath(engine: string): string {
  return `${manifestPath(engine)}.next`;
}

/**
 * Reads a manifest and checks every field; fields it does not know are left out.
 *
 * @param path of the manifest, `digits.engine.json`
 * @throws EngineryError `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, `ENGINERY_INVALID_MANIFEST`
 */
export async function readManifest(path: string): Promise<Manifest> {
  return parseManifest(await textOf(path), path);
}

async function textOf(path: string): Promise<string> {
  const { readSmallFile } = await import('../onnx/open-file.js');
  const content = await readSmallFile(path, {
    largest: LARGEST_FILE,
    notFile: (what) =>
      new EngineryError('ENGINERY_FILE_UNREADABLE', `${path} is ${what}, not a manifest`, { details: { path } }),
    tooLarge: () => invalid(path, 'it is larger than any manifest'),
  });
  if (!isUtf8(content)) throw invalid(path, 'it is no UTF-8');
  return content.toString('utf8');
}

/**
 * Reads a manifest from text.
 *
 * @param path named in errors
 * @throws EngineryError `ENGINERY_INVALID_MANIFEST`
 */
export async function parseManifest(text: string, path: string): Promise<Manifest> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(path, `it is no JSON: ${messageOf(cause)}`, cause);
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (Number.isSafeInteger(schema) && (schema as number) > MANIFEST_SCHEMA) {
    throw new EngineryError(
      'ENGINERY_INVALID_MANIFEST',
      `${path}: written by a newer enginery (schema ${schema}; this one reads up to ${MANIFEST_SCHEMA})`,
      { hint: 'Update enginery, or build the engine again.', details: { path, schema } },
    );
  }
  // Checking is for readers; whoever only builds need not load the checker.
  const { checkManifest } = await import('./manifest-schema.js');
  const checked = checkManifest(value);
  if (typeof checked === 'string') throw invalid(path, checked);
  return checked;
}

/**
 * The manifest of an engine file: the one whose digest is the engine's, also where a crash stopped a build between the two
 * renames that put both in place.
 *
 * @param engine path of the engine file
 * @param planSha256 digest of that file, in hex
 * @returns null where there is no manifest at all
 * @throws EngineryError `ENGINERY_INVALID_MANIFEST` where it belongs to another plan, or is broken
 */
export async function readManifestOf(engine: string, planSha256: string): Promise<Manifest | null> {
  const path = manifestPath(engine);
  const first = await readIfThere(path).catch((error: unknown) => error as EngineryError);
  if (first !== null && !(first instanceof Error) && first.plan.sha256 === planSha256) return first;
  const next = await readIfThere(nextManifestPath(engine)).catch(() => null);
  if (next?.plan.sha256 === planSha256) return next;
  if (first === null) return null;
  if (first instanceof Error) throw first;
  throw new EngineryError('ENGINERY_INVALID_MANIFEST', `${path}: it describes another engine, not ${engine}`, {
    hint: 'One of the two files was replaced. Build the engine again.',
    details: { path, expected: first.plan.sha256, actual: planSha256 },
  });
}

async function readIfThere(path: string): Promise<Manifest | null> {
  try {
    return await readManifest(path);
  } catch (error) {
    if (error instanceof EngineryError && error.code === 'ENGINERY_FILE_NOT_FOUND') return null;
    throw error;
  }
}

function invalid(path: string, why: string, cause?: unknown): EngineryError {
  return new EngineryError('ENGINERY_INVALID_MANIFEST', `${path}: not a manifest: ${why}`, {
    hint: 'Build the engine again.',
    cause,
    details: { path },
  });
}
