/** The child of {@link ./isolated-builder.js}: builds once, says how it went, and ends. */

import type { NativeError } from '../../native/binding.js';
import { buildPlan } from './builder.js';
import type { IsolatedAnswer, IsolatedBuild } from './isolated-builder.js';

/** Carries the addon's account to the parent, which makes the error that users see. */
class Failure extends Error {
  readonly native: NativeError;

  constructor(native: NativeError) {
    super(native.message);
    this.native = native;
  }
}

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
    const unexpected = { code: 'ENGINERY_INTERNAL', message: String(error) };
    return { kind: 'failed', error: error instanceof Failure ? error.native : unexpected };
  }
}

process.once('disconnect', () => process.exit(1)); // nobody is left to build for
process.once('message', (request: IsolatedBuild) => {
  void work(request)
    .then(say)
    .finally(() => process.exit(0));
});
