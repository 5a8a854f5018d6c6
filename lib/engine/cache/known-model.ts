/** What is known of a model from an earlier look: a hit in the cache reads no model. */

import { identityOf, isSettled, recall, remember } from '../../libraries/memo.js';
import type { ModelInfo } from '../../onnx/model-info.js';
import { fileError } from '../../onnx/open-file.js';
import { isSame } from './known-digest.js';

/** A model's description and digest. */
export interface KnownModel {
  readonly info: ModelInfo;
  readonly sha256: string;
  readonly bytes: number;
  /** States of the files, model first, by which it can be told later that none has changed. Empty for bytes. */
  readonly identities: readonly (readonly string[])[];
}

/** Reads and digests a model, or remembers it. */
export async function knownModel(model: string | Uint8Array, signal: AbortSignal): Promise<KnownModel> {
  if (typeof model !== 'string') return { ...(await look(model, signal)), identities: [] };
  const identity = await identityOf(model).catch((error: unknown) => {
    throw fileError(model, error);
  });
  const known = await recall<KnownModel>('models', identity);
  if (known !== undefined && (await unchanged(known))) return known;

  const seen = await look(model, signal);
  const others = await Promise.all(seen.info.externalFiles.map(({ path }) => identityOf(path)));
  const fresh = { ...seen, identities: [identity, ...others] };
  if (fresh.identities.every(isSettled) && (await unchanged(fresh))) await remember('models', identity, fresh);
  return fresh;
}

/** Whether the files are still what was digested. */
export async function unchanged({ identities }: KnownModel): Promise<boolean> {
  return (await Promise.all(identities.map(isSame))).every(Boolean);
}

async function look(model: string | Uint8Array, signal: AbortSignal): Promise<Omit<KnownModel, 'identities'>> {
  const [{ readModel }, { digest }] = await Promise.all([
    import('../../onnx/read-model.js'),
    import('../../onnx/digest.js'),
  ]);
  const info = await readModel(model);
  const { sha256, bytes } = await digest(model, { signal, externalFiles: info.externalFiles });
  return { info, sha256, bytes };
}
