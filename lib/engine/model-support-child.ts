/** The child of {@link ./model-support.js}. */

import { answerParent } from '../libraries/child.js';
import type { NativeSupport } from '../native/build-types.js';
import { call } from '../native/calls.js';
import { accountOf, Failure } from '../native/failure.js';
import type { SupportAnswer } from './model-support.js';

await answerParent(async (): Promise<SupportAnswer> => {
  const [library = '', parser = '', model = ''] = process.argv.slice(2);
  try {
    const support = await call<NativeSupport>((addon, id) => addon.describeSupport(id, { library, parser, model }), {
      toError: (error) => new Failure(error),
    });
    return { support };
  } catch (error) {
    return { error: accountOf(error) };
  }
});
