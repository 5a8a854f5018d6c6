/** `enginery run`: a model on inputs from files, or made up. */

import { join } from 'node:path';
import { Command, Option } from 'commander';
import { createSession } from '../session/create-session.js';
import type { Session } from '../session/session.js';
import type { Tensor } from '../tensor/tensor.js';
import { addFeedOptions, type FeedFlags } from './feed-options.js';
import { type FeedPlan, planFeeds } from './feeds.js';
import { interruptSignal } from './interrupt.js';
import { readLabels } from './labels.js';
import { parseCount } from './numbers.js';
import { printJson } from './output.js';
import { type OutputReport, reportOutputs, showOutputs } from './report-outputs.js';
import type { RunFiles } from './run-inputs.js';
import { saveOutputs } from './save-outputs.js';
import { sayBackend } from './say-backend.js';
import { addSessionOptions, type SessionFlags, sessionOptionsOf } from './session-options.js';

interface Flags extends FeedFlags, SessionFlags {
  readonly random?: true | number;
  readonly top?: number;
  readonly labels?: string;
  readonly save?: string;
  readonly json?: true;
}

interface RunReport {
  /** Where each input came from: a file, or `random`. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, OutputReport>>;
  /** Where `--save` put each output. */
  readonly saved?: Readonly<Record<string, string>>;
}

const DEFAULT_SEED = 1;
const DEFAULT_TOP = 5;

/** The command `enginery run`. */
export function runCommand(): Command {
  const command = addFeedOptions(new Command('run').argument('<model>', 'ONNX file, or an engine'))
    .addOption(
      new Option('--random [seed]', 'make up the inputs that have no file; the same seed gives the same').argParser(
        parseCount('--random', 0),
      ),
    )
    .addOption(new Option('--top <n>', 'print the n most probable classes').argParser(parseCount('--top')))
    .option('--labels <file>', 'names of the classes, one on each line')
    .option('--save <folder>', 'write the outputs as .npy files');
  return addSessionOptions(command).option('--json', 'print the result as JSON').action(run);
}

async function run(model: string, flags: Flags): Promise<void> {
  const signal = interruptSignal();
  const labels = flags.labels === undefined ? undefined : await readLabels(flags.labels);
  const top = flags.top ?? (labels && DEFAULT_TOP);
  const session = await createSession(model, { ...sessionOptionsOf(flags), signal });
  try {
    sayBackend(session);
    const plan = await planFeeds(model, session.inputs, flags, generationOf(flags));
    const reports: RunReport[] = [];
    for (const [index, files] of plan.runs.entries()) {
      const results = await session.run(await plan.load(files), { signal });
      const inputs = originsOf(session, files);
      const outputs = reportOutputs(results, top, labels);
      const saved = await save(flags.save, index, plan, results);
      reports.push({ inputs, outputs, ...(saved && { saved }) });
      if (!flags.json) showOutputs(Object.values(inputs).join(' '), outputs);
    }
    if (flags.json) printJson({ backend: session.backend, runs: reports });
  } finally {
    await session.dispose();
  }
}

function generationOf({ random }: Flags): { seed: number } | undefined {
  return random === undefined ? undefined : { seed: random === true ? DEFAULT_SEED : random };
}

function originsOf(session: Session, files: RunFiles): Record<string, string> {
  return Object.fromEntries(session.inputs.map(({ name }) => [name, files.get(name) ?? 'random']));
}

/** Several runs get folders of their own. */
async function save(
  folder: string | undefined,
  run: number,
  { runs }: FeedPlan,
  results: Readonly<Record<string, Tensor>>,
): Promise<Record<string, string> | undefined> {
  if (folder === undefined) return undefined;
  return saveOutputs(runs.length === 1 ? folder : join(folder, `run-${run}`), results);
}
