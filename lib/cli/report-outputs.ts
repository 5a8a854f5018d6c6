/** What `enginery run` says of outputs. */

import { decodeElements } from '../tensor/elements.js';
import { isFloatType } from '../tensor/float-formats.js';
import { elementsToJson } from '../tensor/json.js';
import { isFloat } from '../tensor/read-floats.js';
import { elementCount, showDims, Tensor } from '../tensor/tensor.js';
import { type TopClass, topClasses } from '../tensor/top-classes.js';
import { print } from './output.js';

/** An output as JSON has it: all elements, or the most probable classes of each row. */
export interface OutputReport {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data?: readonly (number | string)[];
  readonly top?: readonly (readonly LabelledClass[])[];
}

interface LabelledClass extends TopClass {
  readonly label?: string;
}

/** Values of an output that are printed where no classes are asked for. */
const SHOWN_VALUES = 10;

/**
 * Describes outputs. With `top`, scores become classes, and other outputs stay as they are.
 *
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT` where classes are asked for and no output has scores.
 */
export function reportOutputs(
  outputs: Readonly<Record<string, Tensor>>,
  top: number | undefined,
  labels: readonly string[] | undefined,
): Record<string, OutputReport> {
  const entries = Object.entries(outputs);
  const anyScores = entries.some(([, tensor]) => hasScores(tensor));
  const reports = entries.map(([name, tensor]): [string, OutputReport] => {
    const { type, dims } = tensor;
    // Where nothing has scores, the first output gives the error that says why.
    if (top === undefined || (anyScores && !hasScores(tensor)))
      return [name, { type, dims, data: elementsToJson(tensor) }];
    const rows = topClasses(isFloatType(type) ? widened(tensor) : tensor, top);
    return [name, { type, dims, top: rows.map((row) => row.map((it) => labelled(it, labels))) }];
  });
  return Object.fromEntries(reports);
}

function hasScores({ type, dims }: Tensor): boolean {
  return isFloat(type) && !type.startsWith('complex') && (dims.at(-1) ?? 0) > 0;
}

/** Small floats as float32, which `topClasses` reads. */
function widened({ type, dims, data }: Tensor): Tensor {
  return new Tensor('float32', decodeElements(type, data, elementCount(dims)), dims);
}

function labelled(top: TopClass, labels: readonly string[] | undefined): LabelledClass {
  const label = labels?.[top.class];
  return label === undefined ? top : { ...top, label };
}

/** Prints outputs under a title. */
export function showOutputs(title: string, outputs: Readonly<Record<string, OutputReport>>): void {
  print(title);
  const width = Math.max(0, ...Object.keys(outputs).map((name) => name.length));
  for (const [name, { type, dims, data, top }] of Object.entries(outputs)) {
    const start = `  ${name.padEnd(width)}  `;
    if (data !== undefined) {
      const more = data.length > SHOWN_VALUES ? ', …' : '';
      print(`${start}${type} ${showDims(dims)}  ${data.slice(0, SHOWN_VALUES).map(showValue).join(', ')}${more}`);
    }
    for (const row of top ?? []) {
      for (const { class: index, probability, label } of row) {
        const percent = `${(probability * 100).toFixed(2).padStart(6)} %`;
        print(`${start}class ${String(index).padStart(3)}  ${percent}${label === undefined ? '' : `  ${label}`}`);
      }
    }
  }
}

/** As many digits as a float32 has. */
function showValue(value: number | string): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(7))) : value;
}
