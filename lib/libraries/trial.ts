import { askChild } from './child.js';
import { identityOf, recall, remember } from './memo.js';

const TRIAL_TIMEOUT_MS = 60_000;

/** What the child says: null where the build worked. */
export type TrialAnswer = { readonly failure: string | null };

/**
 * Builds a one-node network with a TensorRT library in a child process, because a library whose C++ classes changed
 * crashes. Gives null where that works, and remembers it for these very files; else why not.
 */
export async function whyTrialFails(path: string, parserPath: string): Promise<string | null> {
  const key = [...(await identityOf(path)), ...(await identityOf(parserPath))];
  if ((await recall<TrialAnswer>('trials', key)) !== undefined) return null;

  const outcome = await askChild<TrialAnswer>('./trial-child.js', [path, parserPath], TRIAL_TIMEOUT_MS);
  const { failure } = outcome.answer ?? { failure: outcome.reason };
  if (failure === null) await remember<TrialAnswer>('trials', key, { failure });
  return failure;
}
