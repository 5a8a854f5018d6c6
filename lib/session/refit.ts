/** Whether a model can give a session its weights, as far as that can be told without TensorRT. */

import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { readModel } from '../onnx/read-model.js';
import { refuseUnknown } from '../options/refuse-unknown.js';
import { showDims } from '../tensor/tensor.js';
import { signalOf } from './signal-of.js';

/** Options of `session.refit`. */
export interface RefitOptions {
  /** Gives up as long as runs are under way; a refit that has begun goes on to its end. */
  readonly signal?: AbortSignal | undefined;
}

const KNOWN: Readonly<Record<keyof RefitOptions, true>> = { signal: true };

/**
 * The signal of checked options.
 *
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_OPTION_UNSUPPORTED`; the signal's reason
 */
export function refitSignal(options: RefitOptions): AbortSignal | undefined {
  const signal = signalOf(options);
  refuseUnknown(options, KNOWN);
  return signal;
}

/**
 * Checks that the model takes and gives what the session does.
 *
 * @throws EngineryError `ENGINERY_REFIT_FAILED`; what reading the model throws
 */
export async function checkRefit(
  model: string | Uint8Array,
  session: { readonly inputs: readonly ValueInfo[]; readonly outputs: readonly ValueInfo[] },
): Promise<void> {
  const { inputs, outputs } = await readModel(model);
  checkValues('input', inputs, session.inputs);
  checkValues('output', outputs, session.outputs);
}

function checkValues(kind: string, values: readonly ValueInfo[], own: readonly ValueInfo[]): void {
  for (const name of new Set([...own, ...values].map((value) => value.name))) {
    const [theirs, ours] = [values, own].map((list) => list.find((value) => value.name === name));
    if (theirs && ours && fits(theirs, ours)) continue;
    const message = `The model does not fit the engine: its ${kind} "${name}" is ${show(theirs)}, the engine's ${show(ours)}`;
    throw new EngineryError('ENGINERY_REFIT_FAILED', message);
  }
}

/** Symbolic dimensions may have other names, or be fixed in one of the two. */
function fits(a: ValueInfo, b: ValueInfo): boolean {
  if (a.type !== b.type || a.dims?.length !== b.dims?.length) return false;
  return (a.dims ?? []).every((dim, axis) => {
    const other = b.dims?.[axis];
    return typeof dim !== 'number' || typeof other !== 'number' || dim === other;
  });
}

function show(value: ValueInfo | undefined): string {
  return value === undefined ? 'absent' : `${value.type} ${showDims(value.dims ?? [])}`;
}
