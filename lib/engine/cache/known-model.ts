/** What is known of a model from an earlier look: a hit in the cache reads no model. */

import { areUnchanged, identityOf, isSettled, recall, remember } from '../../libraries/memo.js';
import type { ModelInfo } from '../../onnx/model-info.js';
import { fileError } from '../../onnx/open-file.js';

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
  if (known !== undefined && (await areUnchanged(known.identities))) return known;

  const seen = await look(model, signal);
  const others = await Promise.all(seen.info.externalFiles.map(({ path }) => identityOf(path)));
  const identities = [identity, ...others];
  const fresh = { ...seen, identities };
  if (identities.every(isSettled) && (await areUnchanged(identities))) await remember('models', identity, fresh);
  return fresh;
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
