/** `enginery run`: a model on inputs from files. */

import { Command, Option } from 'commander';
import { EngineryError } from '../errors.js';
import type { BackendChoice } from '../session/choose.js';
import { createSession } from '../session/create-session.js';
import type { Session } from '../session/session.js';
import { decodeElements, isConvertible } from '../tensor/elements.js';
import { elementCount, showDims, type Tensor, type TensorLike } from '../tensor/tensor.js';
import { type TopClass, topClasses } from '../tensor/top-classes.js';
import { interruptSignal } from './interrupt.js';
import { parseCount } from './numbers.js';
import { print, printJson } from './output.js';
import { loadInput, planRuns, type RunFiles } from './run-inputs.js';
import { sayBackend } from './say-backend.js';

interface Flags {
  readonly input: readonly string[];
  readonly top?: number;
  readonly backend?: BackendChoice;
  readonly threads?: number;
  readonly json?: true;
}

interface RunReport {
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<
    Record<string, { type: string; dims: readonly number[]; data?: unknown[]; top?: TopClass[][] }>
  >;
}

/** Values of an output that are printed where `--top` was not given. */
const SHOWN_VALUES = 10;

/** The command `enginery run`. */
export function runCommand(): Command {
  return new Command('run')
    .argument('<model>', 'ONNX file')
    .addOption(
      new Option('-i, --input <name=file>', 'what to feed: an image, or .npy; again for other inputs, or for more runs')
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], ''),
    )
    .addOption(new Option('--top <n>', 'print the n most probable classes').argParser(parseCount('--top')))
    .option(
      '--backend <name>',
      'auto, cpu, gpu, tensorrt, tensorrt-rtx, onnxruntime, onnxruntime-native or onnxruntime-worker (default: ENGINERY_BACKEND, else auto)',
    )
    .addOption(
      new Option('--threads <n>', 'threads for each run on the CPU (default: 1)').argParser(parseCount('--threads')),
    )
    .option('--json', 'print the result as JSON')
    .action(run);
}

async function run(model: string, flags: Flags): Promise<void> {
  const signal = interruptSignal();
  const session = await createSession(model, { backend: flags.backend, threads: flags.threads, signal });
  try {
    sayBackend(session);
    const reports: RunReport[] = [];
    for (const files of planRuns(flags.input, session.inputs)) {
      const report = await runOnce(session, files, flags.top, signal);
      if (flags.json) reports.push(report);
      else show(report);
    }
    if (flags.json) printJson({ backend: session.backend, runs: reports });
  } finally {
    await session.dispose();
  }
}

async function runOnce(
  session: Session,
  files: RunFiles,
  top: number | undefined,
  signal: AbortSignal,
): Promise<RunReport> {
  const feeds: Record<string, TensorLike> = {};
  for (const input of session.inputs) {
    const file = files.get(input.name);
    if (file === undefined) {
      throw new EngineryError(
        'ENGINERY_INVALID_ARGUMENT',
        `The model's input "${input.name}" has no file: add --input ${input.name}=<file>`,
      );
    }
    feeds[input.name] = await loadInput(file, input);
  }
  const results = await session.run(feeds, { signal });
  const outputs = Object.entries(results).map(([name, tensor]) => [name, report(tensor, top)]);
  return { inputs: Object.fromEntries(files), outputs: Object.fromEntries(outputs) };
}

function report(tensor: Tensor, top: number | undefined): RunReport['outputs'][string] {
  const { type, dims } = tensor;
  if (top !== undefined) return { type, dims, top: topClasses(tensor, top) };
  const numbers = isConvertible(type) ? decodeElements(type, tensor.data, elementCount(dims)) : tensor.data;
  const values = Array.from(numbers as ArrayLike<number | bigint | string>);
  // JSON has no integers past 2^53.
  return { type, dims, data: values.map((value) => (typeof value === 'bigint' ? String(value) : value)) };
}

function show({ inputs, outputs }: RunReport): void {
  print(Object.values(inputs).join(' '));
  for (const [name, { type, dims, data, top }] of Object.entries(outputs)) {
    if (data !== undefined) {
      const more = data.length > SHOWN_VALUES ? ', …' : '';
      print(`  ${name}  ${type} ${showDims(dims)}  ${data.slice(0, SHOWN_VALUES).map(showValue).join(', ')}${more}`);
    }
    for (const row of top ?? []) {
      for (const { class: index, probability } of row) {
        print(`  ${name}  class ${String(index).padStart(3)}  ${(probability * 100).toFixed(2).padStart(6)} %`);
      }
    }
  }
}

/** As many digits as a float32 has. */
function showValue(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(7))) : String(value);
}
