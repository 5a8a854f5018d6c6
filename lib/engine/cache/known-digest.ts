/** Digests that were computed before, found again by what the file system says of the file. */

import { areUnchanged, identityOf, isSettled, recall, remember } from '../../libraries/memo.js';
import { fileError } from '../../onnx/open-file.js';

/** SHA-256 of a file, in hex: computed once for each state of the file. */
export async function knownDigest(path: string): Promise<string> {
  const identity = await identityOf(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  const known = await recall<string>('digests', identity);
  if (known !== undefined) return known;
  const { digestFile } = await import('../../onnx/digest.js');
  const { sha256 } = await digestFile(path);
  if (isSettled(identity) && (await areUnchanged([identity]))) await remember('digests', identity, sha256);
  return sha256;
}
