/** `enginery compare`: how far the outputs of two models or engines, or of one on two backends, lie apart. */

import { isDeepStrictEqual } from 'node:util';
import { Command, Option } from 'commander';
import { compareSessions, type Thresholds } from '../compare/compare-sessions.js';
import { EngineryError } from '../errors.js';
import type { BackendChoice } from '../session/choose.js';
import { createSession } from '../session/create-session.js';
import type { Feeds } from '../session/feeds.js';
import { addFeedOptions, type FeedFlags } from './feed-options.js';
import { type FeedPlan, planFeeds } from './feeds.js';
import { interruptSignal } from './interrupt.js';
import { parseCount, parseNumber } from './numbers.js';
import { EXIT, note, printJson } from './output.js';
import { failureLine, reportComparison } from './report-comparison.js';
import { sayBackend } from './say-backend.js';
import { deviceOption, type SessionFlags, sessionOptionsOf, threadsOption, trustOption } from './session-options.js';

interface Flags extends FeedFlags, SessionFlags, Thresholds {
  readonly runs?: number;
  readonly seed: number;
  readonly backendA?: BackendChoice;
  readonly backendB?: BackendChoice;
  readonly json?: true;
}

const LIMITS = 'Limits (exit code 1 where one does not hold, and for outputs that do not fit or integers that differ):';

/** The command `enginery compare`. */
export function compareCommand(): Command {
  const limit = (flags: string, help: string): Option =>
    new Option(flags, help).argParser(parseNumber(flags.slice(0, flags.indexOf(' ')))).helpGroup(LIMITS);
  const command = new Command('compare')
    .argument('<a>', 'ONNX file, or an engine: the reference')
    .argument('[b]', 'ONNX file, or an engine, to compare with it (default: the same on --backend-b)');
  return addFeedOptions(command)
    .addOption(
      new Option('--runs <n>', 'runs, each with other inputs, where inputs are made up (default: 1)').argParser(
        parseCount('--runs'),
      ),
    )
    .addOption(
      new Option('--seed <n>', 'for the inputs that have no file').argParser(parseCount('--seed', 0)).default(1),
    )
    .option('--backend <name>', 'what executes both: auto, cpu, gpu, onnxruntime, tensorrt or tensorrt-rtx')
    .option('--backend-a <name>', 'what executes A')
    .option('--backend-b <name>', 'what executes B')
    .addOption(deviceOption())
    .addOption(trustOption())
    .addOption(threadsOption())
    .addOption(limit('--max-abs <x>', 'most absolute error |a - b|'))
    .addOption(limit('--max-rel <x>', 'most relative error |a - b| / max(|a|, |b|)'))
    .addOption(limit('--min-cosine <x>', 'least cosine similarity in any run'))
    .addOption(limit('--min-psnr <dB>', 'least peak signal-to-noise ratio in any run'))
    .addOption(limit('--min-top1 <part>', 'least part of rows with the same largest element, 0 to 1'))
    .option('--json', 'print the result as JSON')
    .action(compare);
}

async function compare(modelA: string, modelB: string | undefined, flags: Flags): Promise<void> {
  const backendA = flags.backendA ?? flags.backend;
  const backendB = flags.backendB ?? flags.backend;
  if (modelB === undefined && backendA === backendB) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', 'There is nothing to compare with', {
      hint: 'Give a second model, or different --backend-a and --backend-b.',
    });
  }
  const options = { ...sessionOptionsOf(flags), signal: interruptSignal() };
  await using a = await createSession(modelA, { ...options, backend: backendA });
  await using b = await createSession(modelB ?? modelA, { ...options, backend: backendB });
  if (isDeepStrictEqual(a.backend, b.backend)) {
    sayBackend(a);
  } else {
    sayBackend(a, 'A: ');
    sayBackend(b, 'B: ');
  }
  const plan = await planFeeds(modelA, a.inputs, flags, flags);
  const { maxAbs, maxRel, minCosine, minPsnr, minTop1 } = flags;
  const thresholds = { maxAbs, maxRel, minCosine, minPsnr, minTop1 };
  const comparison = await compareSessions(a, b, { feeds: feedsOf(plan), thresholds, signal: options.signal });
  const sides = { a: { model: modelA, backend: a.backend }, b: { model: modelB ?? modelA, backend: b.backend } };
  if (flags.json) {
    printJson({ ...sides, seed: flags.seed, ...comparison });
    for (const failure of comparison.failures) note(failureLine(failure));
  } else {
    reportComparison(comparison, sides);
  }
  if (!comparison.passed) process.exitCode = EXIT.failed;
}

async function* feedsOf({ runs, load }: FeedPlan): AsyncGenerator<Feeds> {
  for (const files of runs) yield await load(files);
}
