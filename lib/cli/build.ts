/** `enginery build`: options are named as trtexec's. */

import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { buildEngine } from '../engine/build-engine.js';
import type { BuildOptions, BuildResult, EngineOptions, ProfilingVerbosity, Target } from '../engine/options.js';
import type { Profile } from '../engine/profile.js';
import { EngineryError } from '../errors.js';
import { addEnterpriseOptions } from './enterprise-options.js';
import { interruptSignal } from './interrupt.js';
import { formatBytes, note, print, printJson } from './output.js';
import { addProfileOptions } from './profile-options.js';
import { showProgress } from './progress.js';
import { parsePoolSizes } from './sizes.js';

interface Flags {
  readonly saveEngine?: string;
  readonly memPoolSize?: Record<string, number>;
  readonly computeCapabilities?: readonly Target[];
  readonly useGpu?: true;
  readonly builderOptimizationLevel?: number;
  readonly maxAuxStreams?: number;
  readonly noTF32?: true;
  readonly profilingVerbosity?: ProfilingVerbosity;
  readonly refit?: true;
  readonly stripWeights?: true;
  readonly setBuildRoute?: string;
  readonly pluginInstanceNorm?: true;
  readonly precision?: NonNullable<EngineOptions['precision']>;
  readonly library?: string;
  readonly allowUntested?: true;
  readonly isolate?: true;
  readonly untrusted?: true;
  readonly verbose?: true;
  readonly json?: true;
}

/** The command `enginery build`. */
export function buildCommand(): Command {
  const command = new Command('build')
    .argument('<model>', 'ONNX file')
    .option('-o, --saveEngine <path>', 'engine file to write (default: one in the engine cache)');
  const profiles = addProfileOptions(command);
  command
    .addOption(
      new Option('--memPoolSize <pool:size>', 'memory limits while running; MiB, or with a unit').argParser(
        parsePoolSizes,
      ),
    )
    .addOption(
      new Option(
        '--computeCapabilities <list>',
        'GPU architectures to build for: 75,80,86,89,120,121 (default: 80, 86, 89, 120 and later)',
      ).argParser(parseTargets),
    )
    .option('--useGpu', "build for this machine's GPU alone")
    .addOption(new Option('--builderOptimizationLevel <0-5>', 'time to spend on optimizing').argParser(parseInteger))
    .addOption(new Option('--maxAuxStreams <n>', 'auxiliary streams that layers may run on').argParser(parseInteger))
    .option('--noTF32', 'keep float32 products in full precision')
    .addOption(
      new Option(
        '--profilingVerbosity <level>',
        'what the engine tells inspectors: layer_names_only, none, detailed',
      ).argParser(parseVerbosity),
    )
    .option('--refit', 'make weights replaceable (needs an NVIDIA driver)')
    .option('--stripWeights', 'leave weights out of the plan (needs an NVIDIA driver)')
    .option('--setBuildRoute <route>', "build route for TensorRT's compiler")
    .option('--pluginInstanceNorm', "do not use TensorRT's own InstanceNormalization")
    .option('--precision <type>', 'fail unless the model is fp32, fp16, bf16, fp8, int8, int4 or fp4')
    .option('--library <path>', 'TensorRT library or its folder (default: the first usable one found)')
    .option('--allowUntested', 'use a TensorRT version newer than the tested ones')
    .option('--isolate', 'let TensorRT work in a process of its own')
    .option('--untrusted', 'for a model from people you do not trust: --isolate')
    .option('--verbose', "print TensorRT's whole log")
    .option('--json', 'print the result as JSON');
  const enterprise = addEnterpriseOptions(command);
  return command.action((model: string, flags: Flags) =>
    build(model, merge(enterprise({ ...flags }), engineOptions(flags, profiles())), flags),
  );
}

/** Groups that both have are joined. */
function merge(a: EngineOptions, b: EngineOptions): EngineOptions {
  return {
    ...a,
    ...b,
    parserFlags: a.parserFlags || b.parserFlags ? { ...a.parserFlags, ...b.parserFlags } : undefined,
  };
}

async function build(model: string, engine: EngineOptions, flags: Flags): Promise<void> {
  const output = flags.saveEngine;
  const title = `${basename(model)} → ${output === undefined ? 'engine cache' : basename(output)}`;
  const view = flags.verbose ? undefined : await showProgress(title);
  const options: BuildOptions = {
    ...engine,
    output,
    library: flags.library,
    allowUntested: flags.allowUntested,
    isolate: flags.isolate ?? flags.untrusted,
    signal: interruptSignal(),
    onLog: flags.verbose ? (line) => note(`[${line.severity}] ${line.message}`) : undefined,
    onProgress: view && (({ fraction, phase }) => view.update(fraction, phase)),
  };
  let result: BuildResult;
  try {
    result = await buildEngine(model, options);
  } finally {
    view?.stop();
  }
  for (const warning of result.warnings) note(`warning: ${warning}`);
  if (flags.json) printJson(result);
  else report(result);
}

function report({ path, bytes, seconds, sha256, cached, manifest }: BuildResult): void {
  const { product, version } = manifest.runtime;
  const { architectures, andLater } = manifest.targets;
  const how = cached ? `from the cache, built ${manifest.created}` : `built in ${seconds.toFixed(2)} s`;
  print(`${path}  ${formatBytes(bytes)}  ${how} with ${product} ${version}`);
  print(`for ${architectures.join(', ')}${andLater ? ' and later' : ''}  sha256 ${sha256}`);
}

function engineOptions(flags: Flags, profiles: readonly Profile[] | undefined): EngineOptions {
  if (flags.useGpu && flags.computeCapabilities) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', '--useGpu and --computeCapabilities exclude each other');
  }
  return {
    profiles,
    // Pools are named by the user: the option table refuses those that the library has not.
    memory: flags.memPoolSize as EngineOptions['memory'],
    targets: flags.useGpu ? ['current'] : flags.computeCapabilities,
    optimizationLevel: flags.builderOptimizationLevel,
    maxAuxStreams: flags.maxAuxStreams,
    tf32: flags.noTF32 ? false : undefined,
    profilingVerbosity: flags.profilingVerbosity,
    refit: flags.refit,
    stripPlan: flags.stripWeights,
    buildRoute: flags.setBuildRoute,
    parserFlags: flags.pluginInstanceNorm ? { nativeInstanceNorm: false } : undefined,
    precision: flags.precision,
  };
}

/** `75,8.6,sm120`: the option table says which of them exist. */
function parseTargets(list: string): Target[] {
  return list.split(',').map((word) => `sm${word.trim().replace(/^sm/, '').replace('.', '')}` as Target);
}

function parseInteger(text: string): number {
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** trtexec writes `layer_names_only`. */
function parseVerbosity(text: string): ProfilingVerbosity {
  return text.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) as ProfilingVerbosity;
}
