/** What `enginery compare` says to people. */

import type { Comparison, OutputComparison, ThresholdFailure } from '../compare/compare-sessions.js';
import type { ErrorSummary } from '../compare/error-distribution.js';
import type { ExactMetrics } from '../compare/exact-metrics.js';
import type { FloatMetrics } from '../compare/float-metrics.js';
import type { SessionBackend } from '../session/choose.js';
import { showDims } from '../tensor/tensor.js';
import { note, print } from './output.js';
import { row } from './rows.js';
import { showBackend } from './say-backend.js';

/** One of the two that were compared. */
export interface Side {
  /** What was asked for: an ONNX file, or an engine. */
  readonly model: string;
  /** What it ran on. */
  readonly backend: SessionBackend;
}

/** Prints a comparison: what ran, its numbers and what failed on stdout, what was made to fit on stderr. */
export function reportComparison(
  { runs, outputs, findings, notes, failures }: Comparison,
  { a, b }: { readonly a: Side; readonly b: Side },
): void {
  for (const text of notes) note(text);
  row('A', describeSide(a));
  row('B', describeSide(b));
  for (const output of outputs) reportOutput(output, runs);
  for (const { output, message } of findings) print(`${output} ${message}`);
  for (const failure of failures) print(failureLine(failure));
}

/** `FAILED logits: cosine similarity 0.5 is below 0.99`. */
export function failureLine({ output, message }: ThresholdFailure): string {
  return `FAILED ${output === null ? '' : `${output}: `}${message}`;
}

/** An engine that did not run is never taken for one that did. */
function describeSide({ model, backend }: Side): string {
  const on = `on ${showBackend(backend)}`;
  return backend.standIn === null
    ? `${model} ${on}`
    : `${backend.standIn} ${on}, in place of ${model}, which did not run`;
}

function reportOutput({ name, types, dims, metrics }: OutputComparison, runs: number): void {
  if (metrics === null) return;
  const count = `${metrics.elements} elements in ${runs} ${runs === 1 ? 'run' : 'runs'}`;
  print(`${name}  ${types.a} ${showDims(dims.a)}, ${count}`);
  if (metrics.kind === 'exact') reportExact(metrics);
  else reportFloat(metrics);
}

function reportExact({ different, elements, largest, first }: ExactMetrics): void {
  row('  different', `${different} of ${elements}${largest ? `, by ${largest} at most` : ''}`);
  if (first !== null) row('  first', `${first.a} and ${first.b} in run ${first.run}, element ${first.index}`);
}

function reportFloat(metrics: FloatMetrics): void {
  const { absolute, relative, cosine, psnr, top1, top5, nan, infinite, mismatched, worst } = metrics;
  if (absolute !== null) row('  absolute', describe(absolute));
  if (worst !== null)
    row('', `max: ${digits(worst.a)} and ${digits(worst.b)} in run ${worst.run}, element ${worst.index}`);
  if (relative !== null) row('  relative', describe(relative));
  if (cosine !== null) row('  cosine', String(Number(cosine.toFixed(9))));
  if (absolute !== null) row('  PSNR', psnr === null ? 'no error' : `${psnr.toFixed(2)} dB`);
  if (top1 !== null) row('  top-1', percent(top1));
  if (top5 !== null) row('  top-5', percent(top5));
  if (nan.a + nan.b + infinite.a + infinite.b > 0) {
    row('  NaN', `${nan.a} in A, ${nan.b} in B`);
    row('  infinite', `${infinite.a} in A, ${infinite.b} in B`);
    row('  mismatched', `${mismatched} are NaN or infinite on one side alone`);
  }
}

function describe({ max, mean, median, p99 }: ErrorSummary): string {
  return `max ${digits(max)}  mean ${digits(mean)}  median ${digits(median)}  99 % ${digits(p99)}`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Rounded down: 100 % is all of them. */
function percent(part: number): string {
  return `${(Math.floor(part * 10_000) / 100).toFixed(2)} %`;
}
