import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import type { NativeBuildResult } from '../native/build-types.js';
import { call } from '../native/calls.js';
import { answerParent } from './child.js';
import { ONE_NODE_MODEL } from './one-node-model.js';
import type { TrialAnswer } from './trial.js';

/** Builds {@link ONE_NODE_MODEL} with the library and parser given as arguments. */
async function tryBuild(): Promise<TrialAnswer> {
  const [library = '', parser = ''] = process.argv.slice(2);
  const folder = await mkdtemp(join(tmpdir(), 'enginery-trial-'));
  try {
    const output = join(folder, 'trial.engine');
    const result = await call<NativeBuildResult>((addon, id) =>
      addon.build(id, {
        library,
        parser,
        model: ONE_NODE_MODEL,
        output,
        profiles: 0,
        ranges: [],
        settings: [],
        verbose: false,
        progress: false,
      }),
    );
    return { failure: result.bytes > 0 ? null : 'the plan is empty' };
  } catch (error) {
    return { failure: messageOf(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await answerParent(tryBuild);
