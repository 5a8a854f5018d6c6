/** The manifest: `<engine>.json` beside an engine file. Where the engine came from, what it needs, what goes in and out. */

import { readFile } from 'node:fs/promises';
import { EngineryError, messageOf } from '../errors.js';
import type { Profile } from './profile.js';

/** Version of the manifest's schema. A reader refuses a newer one, and reads every older one. */
export const MANIFEST_SCHEMA = 1;

/** No manifest is near this size: what is larger is another file. */
const LARGEST_FILE = 16 * 1024 * 1024;

/** An input or output. */
export interface ManifestValue {
  readonly name: string;
  /** Element type, `float32`; null for what is no tensor. */
  readonly type: string | null;
  /** A number where fixed, a name where symbolic, null where unknown; null as a whole where the rank is unknown. */
  readonly dims: readonly (number | string | null)[] | null;
  /** True: TensorRT reads its contents to compute shapes, so profiles bound its values. */
  readonly shapeTensor: boolean;
}

/** What a manifest holds. */
export interface Manifest {
  readonly schema: typeof MANIFEST_SCHEMA;
  /** Version of this package. */
  readonly enginery: string;
  /** When the engine was built, ISO 8601. */
  readonly created: string;
  readonly model: {
    /** File name, null for a model that was given as bytes. */
    readonly name: string | null;
    /** From the manifest's folder to the model, with forward slashes. */
    readonly path: string | null;
    /** As `digestModel` computes it, over the model and its external data. */
    readonly sha256: string;
    readonly bytes: number;
  };
  readonly inputs: readonly ManifestValue[];
  readonly outputs: readonly ManifestValue[];
  readonly profiles: readonly Profile[];
  readonly options: {
    /** What the caller asked for. */
    readonly given: Readonly<Record<string, unknown>>;
    /** What TensorRT was set to; what is not here is TensorRT's default. */
    readonly resolved: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  };
  /** The library that built the engine, and that is needed to run it. */
  readonly runtime: {
    readonly product: 'tensorrt-rtx' | 'tensorrt';
    readonly version: string;
    readonly family: string;
  };
  readonly targets: {
    /** GPU architectures the engine runs on: `sm89`, or `current` for that of the machine that built it. */
    readonly architectures: readonly string[];
    /** True: and on architectures after these. */
    readonly andLater: boolean;
  };
  /** Of the machine that built it. */
  readonly platform: { readonly os: string; readonly arch: string };
  readonly plan: { readonly bytes: number; readonly sha256: string };
  /** From call to plan on disk. */
  readonly seconds: number;
  readonly warnings: readonly string[];
}

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
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing ? `${path} does not exist` : `${path} cannot be read: ${messageOf(cause)}`;
    throw new EngineryError(missing ? 'ENGINERY_FILE_NOT_FOUND' : 'ENGINERY_FILE_UNREADABLE', message, {
      cause,
      details: { path },
    });
  }
  return parseManifest(text, path);
}

/**
 * Reads a manifest from text.
 *
 * @param path named in errors
 * @throws EngineryError `ENGINERY_INVALID_MANIFEST`
 */
export async function parseManifest(text: string, path: string): Promise<Manifest> {
  if (text.length > LARGEST_FILE) throw invalid(path, 'it is larger than any manifest');
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
