/**
 * Which build options each ABI family takes, as NVIDIA documents them. An option's name is its setting's on the bridge.
 *
 * A setter's success is no proof of support: on TensorRT-RTX most builder flags of Enterprise can be set and do nothing. So
 * what is not in this table is refused by name, and the bridge reads every setting back.
 */

import type { Family } from '../libraries/verdict.js';
import type { BuildOptions, EngineOptions } from './options.js';

/** What values an option takes. */
export type OptionKind =
  | { readonly kind: 'switch' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'text' }
  /** Paths, made absolute. */
  | { readonly kind: 'path' | 'paths' }
  | { readonly kind: 'choice' | 'choices'; readonly choices: readonly string[] };

/** One option. */
export type OptionSpec = OptionKind & {
  /** As in {@link EngineOptions}; a dot leads into a group. */
  readonly name: string;
  /** The families that have it, each with the first version that does. */
  readonly since: Readonly<Partial<Record<Family, string>>>;
};

const INT32_MAX = 2 ** 31 - 1;

const ALL = { rtx: '1.5', ent11: '11.0', ent10: '10.0' } as const;
const ENTERPRISE = { ent11: '11.0', ent10: '10.0' } as const;
const ENT10 = { ent10: '10.0' } as const;
const from10 = (minor: number): OptionSpec['since'] => ({ ent11: '11.0', ent10: `10.${minor}` });

const option = (name: string, since: OptionSpec['since'], kind: OptionKind): OptionSpec => ({ name, since, ...kind });
const SWITCH = { kind: 'switch' } as const;
const BYTES = { kind: 'bytes' } as const;
const integer = (min: number, max: number = INT32_MAX): OptionKind => ({ kind: 'integer', min, max });
const choice = (...choices: string[]): OptionKind => ({ kind: 'choice', choices });
const choices = (...choices: string[]): OptionKind => ({ kind: 'choices', choices });

const TACTIC_SOURCES = ['edgeMaskConvolutions', 'jitConvolutions'];
const PREVIEW_FEATURES = ['aliasedPluginIO1003', 'runtimeActivationResize1010'];

/** The table. Where families differ in the values of an option, it has a row for each. */
export const OPTIONS: readonly OptionSpec[] = [
  option('memory.workspace', ALL, BYTES),
  option('memory.dlaSRAM', ENTERPRISE, BYTES),
  option('memory.dlaLocalDRAM', ENTERPRISE, BYTES),
  option('memory.dlaGlobalDRAM', ENTERPRISE, BYTES),
  option('memory.tacticDRAM', ENTERPRISE, BYTES),
  option('memory.tacticSharedMemory', ENTERPRISE, BYTES),

  option('optimizationLevel', ALL, integer(0, 5)),
  option('maxAuxStreams', ALL, integer(0)),
  option('tf32', ALL, SWITCH),
  option('profilingVerbosity', ALL, choice('layerNamesOnly', 'none', 'detailed')),
  option('buildRoute', { rtx: '1.6', ent11: '11.1' }, { kind: 'text' }),
  option('avgTiming', ENTERPRISE, integer(1)),
  option('maxTactics', from10(4), integer(1)),
  option('tilingOptimizationLevel', from10(8), choice('none', 'fast', 'moderate', 'full')),
  option('l2LimitForTiling', from10(8), BYTES),
  option('tacticSources', { ent11: '11.0' }, choices(...TACTIC_SOURCES)),
  option('tacticSources', ENT10, choices(...TACTIC_SOURCES, 'cublas', 'cublasLt', 'cudnn')),
  option('previewFeatures', { ent11: '11.0' }, choices(...PREVIEW_FEATURES)),
  option('previewFeatures', ENT10, choices(...PREVIEW_FEATURES, 'profileSharing0806', 'multideviceRuntime1016')),

  option('timingCache', ENTERPRISE, { kind: 'path' }),
  option('editableTimingCache', from10(8), SWITCH),
  option('errorOnTimingCacheMiss', ENTERPRISE, SWITCH),
  option('disableTimingCache', ENTERPRISE, SWITCH),
  option('disableCompilationCache', ENTERPRISE, SWITCH),

  option('targets', { rtx: '1.5' }, choices('sm75', 'sm80', 'sm86', 'sm89', 'sm120', 'sm121', 'current')),
  option('hardwareCompatibility', ENTERPRISE, choice('none', 'amperePlus', 'sameComputeCapability')),
  option('versionCompatible', ENTERPRISE, SWITCH),
  option('excludeLeanRuntime', ENTERPRISE, SWITCH),
  option('runtimePlatform', from10(2), choice('sameAsBuild', 'windowsAMD64')),
  option('plugins', ENTERPRISE, { kind: 'paths' }),
  option('pluginsToSerialize', ENTERPRISE, { kind: 'paths' }),
  option('dla.core', ENTERPRISE, integer(0)),
  option('dla.gpuFallback', ENTERPRISE, SWITCH),

  option('refit', ALL, SWITCH),
  option('refitIdentical', ENTERPRISE, SWITCH),
  option('refitIndividual', from10(2), SWITCH),
  option('stripPlan', ALL, SWITCH),
  option('weightStreaming', ENTERPRISE, SWITCH),
  option('sparseWeights', ENTERPRISE, SWITCH),
  option('strictNaNs', from10(6), SWITCH),
  option('distributiveIndependence', from10(9), SWITCH),
  option('directIO', ENTERPRISE, SWITCH),
  option('monitorMemory', from10(6), SWITCH),
  option('debug', ENTERPRISE, SWITCH),

  option('weaklyTyped', ENT10, SWITCH),
  option('weaklyTyped.fp16', ENT10, SWITCH),
  option('weaklyTyped.bf16', ENT10, SWITCH),
  option('weaklyTyped.int8', ENT10, SWITCH),
  option('weaklyTyped.fp8', ENT10, SWITCH),
  option('weaklyTyped.int4', ENT10, SWITCH),
  option('weaklyTyped.precisionConstraints', ENT10, choice('none', 'prefer', 'obey')),

  option('parserFlags.nativeInstanceNorm', ALL, SWITCH),
  option('parserFlags.enablePluginOverride', from10(15), SWITCH),
  option('parserFlags.uint8AsymmetricQuantizationDLA', ENTERPRISE, SWITCH),
  option('parserFlags.reportCapabilityDLA', from10(15), SWITCH),
  option('parserFlags.adjustForDLA', from10(15), SWITCH),
];

/** Options that have members. */
export const OPTION_GROUPS: ReadonlySet<string> = new Set(['memory', 'dla', 'weaklyTyped', 'parserFlags']);

/** Options of a build that say nothing about what is in the engine. */
export const NOT_CONTENTS: readonly string[] = [
  'output',
  'cacheFolder',
  'library',
  'allowUntested',
  'isolate',
  'onProgress',
  'onLog',
  'signal',
] satisfies Exclude<keyof BuildOptions, keyof EngineOptions>[];

/** Options that need another one to mean anything, or cannot stand beside it. */
export const OPTION_RULES: readonly { readonly name: string; readonly needs?: string; readonly excludes?: string }[] = [
  { name: 'excludeLeanRuntime', needs: 'versionCompatible' },
  { name: 'l2LimitForTiling', needs: 'tilingOptimizationLevel' },
  { name: 'dla.gpuFallback', needs: 'dla.core' },
  { name: 'editableTimingCache', needs: 'timingCache' },
  { name: 'errorOnTimingCacheMiss', needs: 'timingCache' },
  { name: 'disableTimingCache', excludes: 'timingCache' },
  { name: 'refitIndividual', excludes: 'refit' },
];
