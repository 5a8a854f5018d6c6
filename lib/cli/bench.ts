/** `enginery bench`: options are named as trtexec's. */

import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { type BenchOptions, type BenchProgress, benchSession } from '../bench/bench-session.js';
import { compareTargets } from '../bench/compare.js';
import { exportedOutputs, exportedProfile, exportedTimes } from '../bench/exports.js';
import { benchFeeds, shapesOfBatch } from '../bench/feeds.js';
import { openOnnxruntimeNode } from '../bench/onnxruntime-node.js';
import { type LayerProfile, profileLayers } from '../bench/profile-layers.js';
import { timesIncludeCopies } from '../bench/result.js';
import { writeError } from '../engine/publish.js';
import { EngineryError } from '../errors.js';
import { checkSessionOptions } from '../session/create-session.js';
import type { Feeds } from '../session/feeds.js';
import { openSession } from '../session/open-session.js';
import type { Session } from '../session/session.js';
import { showDims } from '../tensor/tensor.js';
import { loadInputs } from './bench-inputs.js';
import {
  averagesOf,
  type BatchResult,
  reportAverages,
  reportBatches,
  reportComparison,
  reportLayers,
  reportResult,
} from './bench-report.js';
import { interruptSignal } from './interrupt.js';
import { parseAmount, parseCount, parseList } from './numbers.js';
import { note, printJson } from './output.js';
import { showProgress } from './progress.js';
import { sayBackend } from './say-backend.js';
import { addSessionOptions, type SessionFlags, sessionOptionsOf } from './session-options.js';
import { parseShapes } from './shapes.js';

interface Flags extends SessionFlags {
  readonly warmUp?: number;
  readonly warmUpRuns?: number;
  readonly duration?: number;
  readonly iterations?: number;
  readonly infStreams?: number;
  readonly rate?: number;
  readonly percentile: readonly number[];
  readonly avgRuns?: number;
  readonly shapes?: string;
  readonly loadInputs?: string;
  readonly seed?: number;
  readonly batches?: readonly number[];
  readonly against?: string;
  readonly exportTimes?: string;
  readonly exportOutput?: string;
  readonly exportProfile?: string;
  readonly exportLayerInfo?: string;
  readonly json?: true;
}

/** What a sweep, or a comparison, does not go with. */
const EXCLUDED: readonly ['batches' | 'against', readonly (keyof Flags)[]][] = [
  [
    'batches',
    ['against', 'rate', 'loadInputs', 'avgRuns', 'exportTimes', 'exportOutput', 'exportProfile', 'exportLayerInfo'],
  ],
  ['against', ['rate', 'avgRuns', 'exportTimes', 'exportOutput', 'exportProfile', 'exportLayerInfo']],
];

/** What each way to measure works on. */
interface Work {
  readonly model: string;
  readonly session: Session;
  readonly flags: Flags;
  readonly options: BenchOptions;
}

/** The command `enginery bench`. */
export function benchCommand(): Command {
  const number = (flags: string, text: string, parse = parseAmount): Option =>
    new Option(flags, text).argParser(parse(flags.split(' ')[0] ?? ''));
  const command = new Command('bench')
    .argument('<model>', 'ONNX file, or an engine')
    .addOption(number('--warmUp <ms>', 'run this long, at least, before measuring (default: 200)'))
    .addOption(number('--warmUpRuns <n>', 'run this often, at least, before measuring (default: 0)'))
    .addOption(number('--duration <s>', 'measure this long, at least (default: 3)'))
    .addOption(number('--iterations <n>', 'measure this many runs, at least (default: 10)', parseCount))
    .addOption(number('--infStreams <n>', 'runs in flight at once (default: 1; 256 with --rate)', parseCount))
    .addOption(number('--rate <n>', 'runs per second that arrive by chance; latency counts from the arrival'))
    .addOption(
      new Option('--percentile <list>', 'percentiles to report')
        .argParser(parseList(parseAmount('--percentile')))
        .default([90, 95, 99], '90,95,99'),
    )
    .addOption(number('--avgRuns <n>', 'report averages over each n runs as well', parseCount))
    .option('--shapes <spec>', 'shapes of inputs: image:8x1x28x28 (an open first dim is 1 otherwise)')
    .option('--loadInputs <name:file,…>', 'inputs: .npy, images, or the bytes of the elements (default: random)')
    .addOption(number('--seed <n>', 'seed of random inputs and arrivals (default: 0)'))
    .addOption(
      new Option(
        '--batches <list>',
        'measure each batch size: 10 runs of warm-up and 100 runs, unless said otherwise',
      ).argParser(parseList(parseCount('--batches'))),
    )
    .addOption(new Option('--against <package>', 'measure in turn with').choices(['onnxruntime-node']))
    .option('--exportTimes <file>', "write the times of every run, as trtexec's JSON")
    .option('--exportOutput <file>', "write the outputs of one more run, as trtexec's JSON")
    .option('--exportProfile <file>', "write times of layers in a few more runs, as trtexec's JSON")
    .option('--exportLayerInfo <file>', "write what TensorRT says of an engine's layers, its JSON");
  return addSessionOptions(command).option('--json', 'print the result as JSON').action(run);
}

async function run(model: string, flags: Flags): Promise<void> {
  checkTogether(flags);
  const signal = interruptSignal();
  // The CPU has as many runs at a time as it has cores for: more would only get into each other's way.
  const runsOnGpu = flags.rate === undefined ? flags.infStreams : undefined;
  const opened = { ...checkSessionOptions({ ...sessionOptionsOf(flags), signal }), runsOnGpu };
  const session = await openSession(model, opened);
  try {
    sayBackend(session);
    const { name, implementation, device } = session.backend;
    if (flags.exportLayerInfo !== undefined && device === null) {
      throw new EngineryError('ENGINERY_OPTION_UNSUPPORTED', `--exportLayerInfo: ${name} executes no engine`);
    }
    if (flags.exportProfile !== undefined && implementation === 'worker') {
      const message = `--exportProfile: ${name}-${implementation} gives no times of layers`;
      throw new EngineryError('ENGINERY_OPTION_UNSUPPORTED', message);
    }
    const shapes = flags.shapes === undefined ? {} : Object.fromEntries(parseShapes(flags.shapes, '--shapes'));
    const { loadInputs: files } = flags;
    const feeds = files === undefined ? {} : await loadInputs(files, session.inputs, shapes);
    const view = await showProgress(`bench ${model}`);
    const options: BenchOptions = {
      shapes,
      feeds,
      seed: flags.seed,
      streams: flags.infStreams,
      rate: flags.rate,
      warmUp: flags.warmUp,
      warmUpRuns: flags.warmUpRuns,
      duration: flags.duration,
      iterations: flags.iterations,
      percentiles: flags.percentile,
      signal,
      onProgress: ({ fraction, phase }: BenchProgress) => view.update(fraction, phase),
    };
    const measure = flags.batches ? sweep : flags.against ? compare : single;
    const report = await measure({ model, session, flags, options }).finally(() => view.stop());
    await report();
  } finally {
    await session.dispose();
  }
}

/** Each measures, and gives what is to be done with the result once the progress bar is gone. */
type Report = () => void | Promise<void>;

async function single(work: Work): Promise<Report> {
  const { session, flags, options } = work;
  const feeds = await benchFeeds(session.inputs, options);
  const result = await benchSession(session, { ...options, feeds });
  if (flags.exportTimes !== undefined) {
    await write(
      flags.exportTimes,
      `${JSON.stringify(exportedTimes(result.times, timesIncludeCopies(session)), null, 1)}\n`,
    );
  }
  if (flags.exportOutput !== undefined) {
    const outputs = await session.run(feeds, { signal: options.signal });
    await write(flags.exportOutput, exportedOutputs(outputs));
  }
  if (flags.exportLayerInfo !== undefined) await write(flags.exportLayerInfo, await session.layerInfo());
  const profile = flags.exportProfile === undefined ? undefined : await profileTo(flags.exportProfile, work, feeds);
  const averages = flags.avgRuns === undefined ? undefined : averagesOf(result.times, flags.avgRuns);
  return () => {
    const inputs = Object.entries(feeds).map(([name, { type, dims }]) => ({ name, type, dims }));
    if (flags.json) return printJson({ backend: session.backend, inputs, ...withoutTimes(result), averages });
    for (const { name, type, dims } of inputs) note(`${name}: ${type} ${showDims(dims)}`);
    if (flags.rate !== undefined && result.throughput < 0.9 * flags.rate) {
      note(`${flags.rate} runs arrived per second, and fewer ended: latency grows with the time measured`);
    }
    if (averages !== undefined) reportAverages(averages, flags.avgRuns ?? 1);
    reportResult(result, flags.percentile, timesIncludeCopies(session));
    if (profile !== undefined) reportLayers(profile);
  };
}

/** In a session of its own, once the measured one is gone: a model may be large. */
async function profileTo(file: string, { model, session, flags, options }: Work, feeds: Feeds): Promise<LayerProfile> {
  await session.dispose();
  const profile = await profileLayers(model, { session: sessionOptionsOf(flags), feeds, signal: options.signal });
  await write(file, `${JSON.stringify(exportedProfile(profile), null, 1)}\n`);
  return profile;
}

async function sweep({ session, flags, options }: Work): Promise<Report> {
  const batches = flags.batches ?? [];
  const results: BatchResult[] = [];
  for (const [i, batch] of batches.entries()) {
    const result = await benchSession(session, {
      ...options,
      warmUp: flags.warmUp ?? 0,
      warmUpRuns: flags.warmUpRuns ?? 10,
      duration: flags.duration ?? 0,
      iterations: flags.iterations ?? 100,
      shapes: shapesOfBatch(session.inputs, options.shapes ?? {}, batch),
      onProgress: ({ phase, fraction }) =>
        options.onProgress?.({ phase, fraction: (i + (phase === 'measure' ? fraction : 0)) / batches.length }),
    });
    results.push({ batch, result });
  }
  return () => {
    if (!flags.json) return reportBatches(results);
    const entries = results.map(({ batch, result }) => ({
      batch,
      samplesPerSecond: batch * result.throughput,
      ...withoutTimes(result),
    }));
    printJson({ backend: session.backend, batches: entries });
  };
}

async function compare({ model, session, flags, options }: Work): Promise<Report> {
  const other = await openOnnxruntimeNode(model, session.inputs, flags.threads ?? 1);
  note(`against onnxruntime-node ${other.version}, which blocks the event loop while it runs`);
  const comparison = await compareTargets(session, other, options).finally(() => other.dispose());
  return () => {
    if (!flags.json) return reportComparison(comparison, ['enginery', 'onnxruntime-node']);
    const { ours, theirs, rounds, ratio } = comparison;
    const against = { name: 'onnxruntime-node', version: other.version, ...withoutTimes(theirs) };
    printJson({ backend: session.backend, rounds, ratio, enginery: withoutTimes(ours), against });
  };
}

/** `--exportTimes` gives every run; a result on stdout stays readable. */
function withoutTimes<T extends { readonly times: unknown }>({ times: _, ...rest }: T): Omit<T, 'times'> {
  return rest;
}

/** @throws EngineryError `ENGINERY_INVALID_ARGUMENT` for options that have no meaning together. */
function checkTogether(flags: Flags): void {
  for (const [way, excluded] of EXCLUDED) {
    const misplaced = flags[way] && excluded.find((name) => flags[name] !== undefined);
    if (!misplaced) continue;
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `--${way} and --${misplaced} exclude each other`);
  }
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw writeError(file, error);
  });
}
