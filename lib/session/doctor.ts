import { EngineryError, messageOf } from '../errors.js';
import { describeMachine, type Machine } from '../libraries/machine.js';
import { version } from '../version.js';
import { type BackendReason, type ChosenBackend, chooseBackend } from './choose.js';

/** What `createSession(model)` would do here. */
export type AutoChoice =
  | ChosenBackend
  | { readonly name: null; readonly message: string; readonly reasons: readonly BackendReason[] };

/** What `enginery doctor` knows. Plain data, ready for JSON. */
export interface Diagnosis extends Machine {
  /** Version of this package. */
  readonly enginery: string;
  /** The backend that `'auto'` chooses for a model, and why not those before it. */
  readonly auto: AutoChoice;
}

/**
 * Describes this machine: system, driver, devices, every runtime library with what it is good for, and the backend that a
 * session would get. Never rejects: what is missing or broken is part of the answer.
 *
 * @example
 * ```ts
 * const { auto, libraries } = await diagnose();
 * ```
 */
export async function diagnose(): Promise<Diagnosis> {
  return { enginery: version, ...(await describeMachine()), auto: await autoChoice() };
}

async function autoChoice(): Promise<AutoChoice> {
  try {
    return await chooseBackend('auto');
  } catch (error) {
    const reasons = error instanceof EngineryError ? error.details?.reasons : undefined;
    return { name: null, message: messageOf(error), reasons: (reasons as BackendReason[] | undefined) ?? [] };
  }
}
