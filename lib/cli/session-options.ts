/** The options of `enginery run`, `bench` and `compare` that say how a model is opened. */

import { type Command, Option } from 'commander';
import type { BackendChoice } from '../session/choose.js';
import type { SessionOptions } from '../session/create-session.js';
import { parseCount } from './numbers.js';

/** What the options of one session give. */
export interface SessionFlags {
  readonly backend?: BackendChoice;
  readonly device?: number;
  readonly trustPlans?: true;
  readonly threads?: number;
  readonly useCudaGraph?: true;
  readonly weightStreamingBudget?: string;
}

/** Adds the options to a command that opens one session. */
export function addSessionOptions(command: Command): Command {
  return command
    .option(
      '--backend <name>',
      'auto, cpu, gpu, onnxruntime, tensorrt or tensorrt-rtx (default: ENGINERY_BACKEND, or auto)',
    )
    .addOption(deviceOption())
    .addOption(trustOption())
    .addOption(threadsOption())
    .option('--useCudaGraph', 'on a GPU, record the work of a run once and start it by one call')
    .addOption(weightBudgetOption());
}

/** `--device`. */
export function deviceOption(): Option {
  return new Option('--device <n>', 'the GPU to run on (default: 0)').argParser(parseCount('--device', 0));
}

/** `--trust-plans`. */
export function trustOption(): Option {
  return new Option('--trust-plans', 'open an engine that has no manifest: it may hold code');
}

/** `--threads`. */
export function threadsOption(): Option {
  return new Option('--threads <n>', 'threads for each run on the CPU (default: 1)').argParser(parseCount('--threads'));
}

/** `--weightStreamingBudget`, with trtexec's -1; without a unit it is in bytes there, too. */
function weightBudgetOption(): Option {
  const help = 'on a GPU, weights in its memory of an engine built with --allowWeightStreaming: bytes, 2GiB or auto';
  return new Option('--weightStreamingBudget <size>', help).argParser((size) => (size === '-1' ? 'auto' : size));
}

/** What the options say to `createSession`. */
export function sessionOptionsOf(flags: SessionFlags): SessionOptions {
  const { backend, device, threads, trustPlans: trust, useCudaGraph: cudaGraph, weightStreamingBudget } = flags;
  return { backend, device, threads, trust, tensorrt: { cudaGraph, weightStreamingBudget } };
}
