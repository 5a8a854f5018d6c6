/** The child of {@link ./model-support.js}. */

import { answerParent } from '../libraries/child.js';
import type { NativeError, NativeSupport } from '../native/binding.js';
import { call } from '../native/calls.js';
import type { SupportAnswer } from './model-support.js';

class Failure extends Error {
  readonly native: NativeError;

  constructor(native: NativeError) {
    super(native.message);
    this.native = native;
  }
}

await answerParent(async (): Promise<SupportAnswer> => {
  const [library = '', parser = '', model = ''] = process.argv.slice(2);
  try {
    const support = await call<NativeSupport>((addon, id) => addon.describeSupport(id, { library, parser, model }), {
      toError: (error) => new Failure(error),
    });
    return { support };
  } catch (error) {
    if (error instanceof Failure) return { error: error.native };
    return { error: { code: 'ENGINERY_INTERNAL', message: String(error) } };
  }
});
