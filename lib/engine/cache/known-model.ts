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
export async function knownModel(model: string | Uint8Array, signal?: AbortSignal): Promise<KnownModel> {
  if (typeof model !== 'string') return look(model, [], signal);
  const identity = await identityOf(model).catch((error: unknown) => {
    throw fileError(model, error);
  });
  const known = await recall<KnownModel>('models', identity);
  if (known !== undefined && (await areUnchanged(known.identities))) return known;

  const fresh = await look(model, [identity], signal);
  const { identities } = fresh;
  if (identities.every(isSettled) && (await areUnchanged(identities))) await remember('models', identity, fresh);
  return fresh;
}

async function look(
  model: string | Uint8Array,
  own: KnownModel['identities'],
  signal: AbortSignal | undefined,
): Promise<KnownModel> {
  const [{ readModel }, { digest }] = await Promise.all([
    import('../../onnx/read-model.js'),
    import('../../onnx/digest.js'),
  ]);
  const info = await readModel(model);
  // Before the digest, which takes long: a file that is written meanwhile must not pass for the one that was digested.
  const others = await Promise.all(info.externalFiles.map(({ path }) => identityOf(path)));
  const { sha256, bytes } = await digest(model, { signal, externalFiles: info.externalFiles });
  return { info, sha256, bytes, identities: [...own, ...others] };
}
