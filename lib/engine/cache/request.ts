/**
 * Which key an earlier call with the same arguments led to. As long as none of the files that decided it has changed, the way
 * there (reading the model, opening TensorRT, resolving options) need not be gone again.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFolder } from '../../libraries/folders.js';
import { areUnchanged, isSettled, recall, remember } from '../../libraries/memo.js';
import { version } from '../../version.js';
import type { BuildOptions } from '../options.js';

interface Remembered {
  readonly key: string;
  /** Of every file that decided the key: model, external data, TensorRT, its parser, plugins. */
  readonly identities: readonly (readonly string[])[];
}

/** The key of a call, if it is known and nothing has changed. */
export async function recallKey(model: string, options: BuildOptions): Promise<string | undefined> {
  const known = await recall<Remembered>('requests', await callOf(model, options));
  return known !== undefined && (await areUnchanged(known.identities)) ? known.key : undefined;
}

/** Keeps the key of a call. `identities` of a model were taken before it was read; the library's, once it was open. */
export async function rememberKey(
  model: string,
  options: BuildOptions,
  key: string,
  identities: readonly (readonly string[])[],
): Promise<void> {
  if (!identities.every(isSettled)) return;
  await remember('requests', await callOf(model, options), { key, identities } satisfies Remembered);
}

/** The call, with what of its surroundings decides which library is taken. */
async function callOf(model: string, options: BuildOptions): Promise<string[]> {
  const obtained = join(dataFolder(), 'libraries');
  const changed = await stat(obtained, { bigint: true }).then(
    ({ mtimeNs }) => String(mtimeNs),
    () => '',
  );
  const named = ['ENGINERY_TENSORRT_RTX_LIBRARY', 'ENGINERY_TENSORRT_LIBRARY'].map((name) => process.env[name] ?? '');
  return [version, model, canonical(options), process.cwd(), ...named, obtained, changed];
}

/** JSON that does not depend on the order in which properties were set. Functions and signals decide nothing. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof AbortSignal) return undefined;
    if (typeof inner === 'bigint') return String(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
