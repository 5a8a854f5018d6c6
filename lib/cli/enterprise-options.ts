/** Options of `enginery build` that only TensorRT Enterprise has, named as trtexec's. */

import { type Command, Option } from 'commander';
import { parseByteSize } from '../engine/byte-size.js';
import type { EngineOptions } from '../engine/options.js';
import { EngineryError } from '../errors.js';

/** A flag of trtexec's and the option it sets; a dot leads into a group. */
interface EnterpriseFlag {
  readonly flags: string;
  readonly help: string;
  readonly option: string;
  /** From the text after the flag; absent for a flag that is a switch. */
  readonly read?: (text: string) => unknown;
}

const GROUP = 'TensorRT Enterprise (TensorRT-RTX refuses these):';
const WEAK_GROUP = 'TensorRT 10, weakly typed networks:';

const whole = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : Number.NaN);
const list = (text: string): string[] => text.split(',').map((item) => item.trim());
const name = (text: string): string => text.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const names = (text: string): string[] => list(text).map(name);

const level = (text: string): string => (text === 'ampere+' ? 'amperePlus' : name(text));
const platform = (text: string): string => name(text).replace(/^[A-Z]/, (letter) => letter.toLowerCase());

function enabled(text: string): boolean {
  if (text === 'enable' || text === 'disable') return text === 'enable';
  throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `--sparsity: expected enable or disable, got '${text}'`);
}

const FLAGS: readonly EnterpriseFlag[] = [
  {
    flags: '--hardwareCompatibilityLevel <level>',
    help: 'GPUs it runs on: none, ampere+, same_compute_capability',
    option: 'hardwareCompatibility',
    read: level,
  },
  { flags: '--versionCompatible', help: 'loads in later minor versions too', option: 'versionCompatible' },
  { flags: '--excludeLeanRuntime', help: 'without the runtime for that', option: 'excludeLeanRuntime' },
  {
    flags: '--runtimePlatform <platform>',
    help: 'SameAsBuild or WindowsAMD64',
    option: 'runtimePlatform',
    read: platform,
  },
  {
    flags: '--timingCacheFile <path>',
    help: 'timing cache to start from and add to',
    option: 'timingCache',
    read: String,
  },
  { flags: '--noBuilderCache', help: 'no timing cache at all', option: 'disableTimingCache' },
  { flags: '--noCompilationCache', help: 'compile every kernel anew', option: 'disableCompilationCache' },
  {
    flags: '--errorOnTimingCacheMiss',
    help: 'fail where the timing cache lacks an entry',
    option: 'errorOnTimingCacheMiss',
  },
  { flags: '--maxTactics <n>', help: 'kernels tried per layer', option: 'maxTactics', read: whole },
  { flags: '--avgTiming <n>', help: 'times each kernel is measured', option: 'avgTiming', read: whole },
  {
    flags: '--tilingOptimizationLevel <level>',
    help: 'none, fast, moderate, full',
    option: 'tilingOptimizationLevel',
    read: name,
  },
  {
    flags: '--l2LimitForTiling <size>',
    help: 'L2 cache for tiling',
    option: 'l2LimitForTiling',
    read: (text) => parseByteSize(text, '--l2LimitForTiling'),
  },
  {
    flags: '--tacticSources <list>',
    help: 'where kernels come from: edge_mask_convolutions,jit_convolutions',
    option: 'tacticSources',
    read: names,
  },
  { flags: '--preview <list>', help: 'preview features', option: 'previewFeatures', read: list },
  { flags: '--dynamicPlugins <list>', help: 'plugin libraries to load', option: 'plugins', read: list },
  {
    flags: '--setPluginsToSerialize <list>',
    help: 'plugin libraries to put into the engine',
    option: 'pluginsToSerialize',
    read: list,
  },
  { flags: '--allowWeightStreaming', help: 'weights may stay in host memory', option: 'weightStreaming' },
  {
    flags: '--sparsity <enable|disable>',
    help: 'kernels for 2:4 sparse weights',
    option: 'sparseWeights',
    read: enabled,
  },
  { flags: '--monitorMemory', help: 'log memory use', option: 'monitorMemory' },
  { flags: '--useDLACore <n>', help: 'run on a DLA core', option: 'dla.core', read: whole },
  { flags: '--allowGPUFallback', help: 'what the DLA cannot run goes to the GPU', option: 'dla.gpuFallback' },
  {
    flags: '--enablePluginOverride',
    help: 'plugins may replace operators of their name',
    option: 'parserFlags.enablePluginOverride',
  },
  ...['fp16', 'bf16', 'int8', 'fp8', 'int4'].map((type) => ({
    flags: `--${type}`,
    help: `let TensorRT choose ${type}`,
    option: `weaklyTyped.${type}`,
  })),
  {
    flags: '--precisionConstraints <how>',
    help: 'types in the model: none, prefer, obey',
    option: 'weaklyTyped.precisionConstraints',
    read: name,
  },
];

/** Adds the options. What it returns reads them from commander's values. */
export function addEnterpriseOptions(command: Command): (values: Readonly<Record<string, unknown>>) => EngineOptions {
  const attributes = FLAGS.map(({ flags, help, option, read }) => {
    const added = new Option(flags, help).helpGroup(option.startsWith('weaklyTyped') ? WEAK_GROUP : GROUP);
    command.addOption(read === undefined ? added : added.argParser(read));
    return [option, added.attributeName()] as const;
  });
  return (values) => {
    const options: Record<string, unknown> = {};
    for (const [option, attribute] of attributes) {
      const value = values[attribute];
      if (value === undefined) continue;
      const [group = '', member] = option.split('.');
      options[group] = member === undefined ? value : { ...(options[group] as object | undefined), [member]: value };
    }
    return options as EngineOptions;
  };
}
