/** `--input name=file`: which file feeds which input in which run. */

import { EngineryError } from '../errors.js';
import type { ValueInfo } from '../onnx/model-info.js';

/** The files of one run, by input. */
export type RunFiles = ReadonlyMap<string, string>;

/**
 * Sorts what the command line gave. An input that was given several files is run with each in turn; one that was given a
 * single file gets it in every run.
 *
 * @param given - `name=file`, or `file` alone where the model has one input.
 */
export function planRuns(given: readonly string[], inputs: readonly ValueInfo[]): RunFiles[] {
  const files = new Map<string, string[]>();
  for (const text of given) {
    const [name, file] = split(text, inputs);
    files.set(name, [...(files.get(name) ?? []), file]);
  }
  const count = Math.max(1, ...[...files.values()].map((list) => list.length));
  for (const [name, list] of files) {
    if (list.length !== 1 && list.length !== count) {
      throw usage(`input "${name}" has ${list.length} files where another has ${count}: give each one, or as many`);
    }
  }
  return Array.from({ length: count }, (_, run) => {
    return new Map([...files].map(([name, list]) => [name, (list.length === 1 ? list[0] : list[run]) as string]));
  });
}

function split(text: string, inputs: readonly ValueInfo[]): [name: string, file: string] {
  for (const { name } of inputs) {
    if (text.startsWith(`${name}=`)) return [name, text.slice(name.length + 1)];
  }
  const [only, ...others] = inputs;
  if (only !== undefined && others.length === 0 && !text.includes('=')) return [only.name, text];
  const names = inputs.map(({ name }) => name).join(', ');
  throw usage(`--input ${text}: expected <name>=<file>, with one of the model's inputs: ${names || 'it has none'}`);
}

function usage(message: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_ARGUMENT', message);
}
