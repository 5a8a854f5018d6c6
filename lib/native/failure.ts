/** What a child process tells its parent of a native call that failed. */

import type { NativeError } from './binding.js';

/** Carries the addon's account to the parent, which makes the error that users see. */
export class Failure extends Error {
  readonly native: NativeError;

  constructor(native: NativeError) {
    super(native.message);
    this.native = native;
  }
}

/** The account to send: the addon's own, or of a mistake that is ours. */
export function accountOf(error: unknown): NativeError {
  return error instanceof Failure ? error.native : { code: 'ENGINERY_INTERNAL', message: String(error) };
}
