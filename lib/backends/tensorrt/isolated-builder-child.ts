/** The child of {@link ./isolated-builder.js}: builds once, says how it went, and ends. */

import { accountOf, Failure } from '../../native/failure.js';
import { buildPlan } from './builder.js';
import type { IsolatedAnswer, IsolatedBuild } from './isolated-builder.js';

function say(answer: IsolatedAnswer): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(answer, undefined, undefined, () => resolve());
  });
}

async function work({ build, progress, log }: IsolatedBuild): Promise<IsolatedAnswer> {
  try {
    const value = await buildPlan(build, {
      onProgress: progress ? (value) => void say({ kind: 'progress', value }) : undefined,
      onLog: log ? (value) => void say({ kind: 'log', value }) : undefined,
      toError: (error) => new Failure(error),
    });
    return { kind: 'done', value };
  } catch (error) {
    return { kind: 'failed', error: accountOf(error) };
  }
}

process.once('disconnect', () => process.exit(1)); // nobody is left to build for
process.once('message', (request: IsolatedBuild) => {
  void work(request)
    .then(say)
    .finally(() => process.exit(0));
});
