/** What this machine has: the public function. What it does is loaded when it is first called. */

import type { Machine } from '../libraries/machine.js';
import type { BackendReason, ChosenBackend } from './choose.js';

/** What {@link createSession} would run on here. */
export type AutoChoice =
  | ChosenBackend
  | { readonly name: null; readonly message: string; readonly reasons: readonly BackendReason[] };

/** What {@link diagnose} gives. Plain data, ready for JSON. */
export interface Diagnosis extends Machine {
  /** Version of this package. */
  readonly enginery: string;
  /** The backend that a session gets where none is asked for, and why not those before it. */
  readonly auto: AutoChoice;
}

/**
 * Describes this machine, as `enginery doctor` does: system, driver, devices, every runtime library with what it is good
 * for, and the backend that a session would get. Never rejects: what is missing or broken is part of the answer.
 *
 * @example
 * ```ts
 * const { auto, cuda, libraries } = await diagnose();
 * const builders = libraries.filter(({ build }) => build.ok);
 * ```
 */
export async function diagnose(): Promise<Diagnosis> {
  const { examine } = await import('./doctor.js');
  return examine();
}
