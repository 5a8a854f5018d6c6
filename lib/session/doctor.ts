/** Examining this machine. */

import { EngineryError, messageOf } from '../errors.js';
import { describeMachine } from '../libraries/machine.js';
import { version } from '../version.js';
import { checkBuildable } from './build-for-gpu.js';
import { type BackendReason, chooseBackend } from './choose.js';
import type { AutoChoice, Diagnosis } from './diagnose.js';

/** Puts together what is known; see {@link diagnose}. */
export async function examine(): Promise<Diagnosis> {
  return { enginery: version, ...(await describeMachine()), auto: await autoChoice() };
}

async function autoChoice(): Promise<AutoChoice> {
  try {
    return (await chooseBackend(undefined, { fits: async (gpu) => checkBuildable({}, gpu) })).backend;
  } catch (error) {
    const reasons = error instanceof EngineryError ? error.details?.reasons : undefined;
    return { name: null, message: messageOf(error), reasons: (reasons as BackendReason[] | undefined) ?? [] };
  }
}
