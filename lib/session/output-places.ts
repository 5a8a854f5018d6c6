/** Where the outputs of a run go: memory of their own, a tensor of the caller's, the GPU. */

import type { BackendResult, BackendRun } from '../backends/backend-session.js';
import { EngineryError } from '../errors.js';
import { isOnGpu } from '../native/device-tensor.js';
import type { ValueInfo } from '../onnx/model-info.js';
import { showDims, Tensor, type TensorLike, tensorFault } from '../tensor/tensor.js';
import { requireBorrowable } from './borrowable.js';
import type { AskedOutputs } from './run-outputs.js';

/** The outputs that are asked for, and where they go. */
export type OutputPlaces = Pick<BackendRun, 'outputs' | 'targets' | 'stay'>;

/** @throws EngineryError `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_OPTION_UNSUPPORTED`, `ENGINERY_NOT_BORROWABLE` */
export function outputPlaces(asked: AskedOutputs, outputs: readonly ValueInfo[], onGpu: boolean): OutputPlaces {
  const isObject = typeof asked === 'object' && asked !== null;
  const names = Array.isArray(asked) ? (asked as readonly string[]) : Object.keys(isObject ? asked : {});
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', 'outputs: expected names of outputs, each once');
  }
  const known = new Map(outputs.map((output) => [output.name, output]));
  const targets: Record<string, TensorLike> = Object.create(null);
  const stay = new Set<string>();
  for (const name of names) {
    const output = known.get(name);
    if (output === undefined) {
      const all = outputs.map((it) => `"${it.name}"`).join(', ');
      throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `The model has no output "${name}"; its outputs are ${all}`);
    }
    const target = Array.isArray(asked) ? null : (asked as Exclude<AskedOutputs, readonly string[]>)[name];
    if (target === 'cuda' && !onGpu) {
      const message = `Output "${name}" cannot stay on a GPU: the session runs on the CPU`;
      throw new EngineryError('ENGINERY_OPTION_UNSUPPORTED', message, {
        hint: "Open the session with backend: 'gpu'.",
      });
    }
    if (target === 'cuda') stay.add(name);
    else if (typeof target === 'string') throw noPlace(name, target);
    else if (target) targets[name] = checkTarget(output, target);
  }
  checkApart(targets);
  return {
    outputs: names,
    targets: Object.keys(targets).length === 0 ? undefined : targets,
    stay: stay.size === 0 ? undefined : stay,
  };
}

function noPlace(name: string, place: string): EngineryError {
  const message = `Output "${name}": expected a tensor to write it into, 'cuda' or null, got ${JSON.stringify(place)}`;
  return new EngineryError('ENGINERY_INVALID_ARGUMENT', message, { hint: "'cuda' leaves it on the session's GPU." });
}

function checkTarget({ name, type, dims }: ValueInfo, target: TensorLike): TensorLike {
  const fault = isOnGpu(target) ? "a tensor on a GPU is not written into: ask for 'cuda'" : tensorFault(target);
  if (fault !== undefined) throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `Output "${name}": ${fault}`);
  const fits = dims === null || (dims.length === target.dims.length && dims.every((dim, i) => fitsDim(dim, target, i)));
  if ((type !== null && type !== target.type) || !fits) {
    const expected = `${type} ${dims === null ? 'of any rank' : showDims(dims)}`;
    throw new EngineryError(
      'ENGINERY_INVALID_ARGUMENT',
      `Output "${name}" is ${expected}, the tensor to write it into ${target.type} ${showDims(target.dims)}`,
    );
  }
  requireBorrowable(`Output "${name}"`, target);
  return target;
}

/** Two outputs in one place would overwrite each other. */
function checkApart(targets: Readonly<Record<string, TensorLike>>): void {
  const taken: [name: string, data: ArrayBufferView][] = [];
  for (const [name, target] of Object.entries(targets)) {
    const data = target.data as ArrayBufferView;
    const other = taken.find(([, it]) => overlap(it, data));
    if (other !== undefined) {
      const message = `Outputs "${other[0]}" and "${name}" are to be written into the same memory: each needs its own`;
      throw new EngineryError('ENGINERY_INVALID_ARGUMENT', message);
    }
    taken.push([name, data]);
  }
}

function overlap(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const [start, end] = [Math.max(a.byteOffset, b.byteOffset), Math.min(endOf(a), endOf(b))];
  return a.buffer === b.buffer && start < end;
}

function endOf({ byteOffset, byteLength }: ArrayBufferView): number {
  return byteOffset + byteLength;
}

function fitsDim(dim: number | string | null, target: TensorLike, axis: number): boolean {
  return typeof dim !== 'number' || dim === target.dims[axis];
}

/** The outputs in the order asked for, those that were written into tensors of the caller's included. */
export function withTargets(
  outputs: BackendResult['outputs'],
  { outputs: names, targets }: OutputPlaces,
): BackendResult['outputs'] {
  if (targets === undefined) return outputs;
  const all = names.map((name) => {
    const target = targets[name];
    const given =
      target instanceof Tensor ? target : target && new Tensor(target.type as never, target.data as never, target.dims);
    return [name, given ?? outputs[name]];
  });
  return Object.fromEntries(all);
}
