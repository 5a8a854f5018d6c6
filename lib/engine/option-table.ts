/**
 * Which build options each ABI family takes, as NVIDIA documents them, and how each is called across the bridge.
 *
 * A setter's success is no proof of support: on TensorRT-RTX most builder flags of Enterprise can be set and do nothing. So
 * what is not in this table is refused by name, and the bridge reads every setting back.
 */

import { EngineryError } from '../errors.js';
import type { Family } from '../libraries/verdict.js';
import type { NativeSetting } from '../native/binding.js';
import { parseByteSize } from './byte-size.js';
import { nearestName } from './nearest-name.js';
import type { EngineOptions } from './options.js';

type Kind =
  | { readonly kind: 'switch' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'text' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'choices'; readonly choices: readonly string[] };

/** One option of one family. */
export type OptionSpec = Kind & {
  /** As in {@link EngineOptions}; a dot leads into a group. */
  readonly name: string;
  /** The setting's name on the bridge; repeated for `choices`. */
  readonly setting: string;
  /** First library version that has it. */
  readonly since?: string;
  /** Building with it needs an NVIDIA driver. */
  readonly needsDriver?: true;
};

const INT32_MAX = 2 ** 31 - 1;

const RTX: readonly OptionSpec[] = [
  { name: 'memory.workspace', setting: 'workspace', kind: 'bytes' },
  {
    name: 'targets',
    setting: 'target',
    kind: 'choices',
    choices: ['sm75', 'sm80', 'sm86', 'sm89', 'sm120', 'sm121', 'current'],
  },
  { name: 'optimizationLevel', setting: 'optimizationLevel', kind: 'integer', min: 0, max: 5 },
  { name: 'maxAuxStreams', setting: 'maxAuxStreams', kind: 'integer', min: 0, max: INT32_MAX },
  { name: 'tf32', setting: 'tf32', kind: 'switch' },
  {
    name: 'profilingVerbosity',
    setting: 'profilingVerbosity',
    kind: 'choice',
    choices: ['layerNamesOnly', 'none', 'detailed'],
  },
  { name: 'refit', setting: 'refit', kind: 'switch', needsDriver: true },
  { name: 'stripPlan', setting: 'stripPlan', kind: 'switch', needsDriver: true },
  { name: 'buildRoute', setting: 'buildRoute', kind: 'text', since: '1.6' },
  { name: 'parserFlags.nativeInstanceNorm', setting: 'parser.nativeInstanceNorm', kind: 'switch' },
];

/** The tables, by family. A family without one cannot build yet. */
export const OPTION_TABLES: Readonly<Partial<Record<Family, readonly OptionSpec[]>>> = { rtx: RTX };

/** Options that only Enterprise TensorRT documents, so that the error can say where they belong. */
const ENTERPRISE_ONLY: ReadonlySet<string> = new Set([
  'timingCache',
  'hardwareCompatibility',
  'versionCompatible',
  'excludeLeanRuntime',
  'runtimePlatform',
  'weightStreaming',
  'sparsity',
  'tacticSources',
  'maxTactics',
  'avgTiming',
  'tilingOptimizationLevel',
  'previewFeatures',
  'dla',
  'memory.dlaSRAM',
  'memory.dlaLocalDRAM',
  'memory.dlaGlobalDRAM',
  'memory.tacticDRAM',
  'memory.tacticSharedMemory',
  'parserFlags.enablePluginOverride',
  'parserFlags.reportCapabilityDla',
]);

const PRODUCT: Readonly<Record<Family, string>> = { rtx: 'TensorRT-RTX', ent11: 'TensorRT', ent10: 'TensorRT' };

const GROUPS: ReadonlySet<string> = new Set(['memory', 'parserFlags']);

/** Options that are no settings of TensorRT. */
const OTHER_OPTIONS: readonly string[] = [
  'output',
  'profiles',
  'precision',
  'library',
  'allowUntested',
  'onProgress',
  'onLog',
  'signal',
];

/** Options in the form that crosses the bridge, and for the manifest. */
export interface ResolvedSettings {
  readonly settings: readonly NativeSetting[];
  /** Values by option name, as they were set. */
  readonly resolved: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/**
 * Checks options by name and value, and turns them into settings.
 *
 * @param options what the caller gave; values `undefined` count as absent
 * @param family of the library that will build
 * @param version of that library, `1.7.1`
 * @throws EngineryError `ENGINERY_OPTION_UNSUPPORTED` for a name the family has not, `ENGINERY_INVALID_OPTION` for a value,
 * `ENGINERY_LIBRARY_UNSUPPORTED` for a family that cannot build yet
 */
export function resolveSettings(options: EngineOptions, family: Family, version: string): ResolvedSettings {
  const table = OPTION_TABLES[family];
  if (table === undefined) {
    const message = `${PRODUCT[family]} ${version}: building with this library is not supported yet`;
    throw new EngineryError('ENGINERY_LIBRARY_UNSUPPORTED', message);
  }
  const settings: NativeSetting[] = [];
  const resolved: Record<string, string | number | boolean | readonly string[]> = {};
  for (const [name, value] of flatten(options)) {
    if (OTHER_OPTIONS.includes(name)) continue;
    const spec = table.find((candidate) => candidate.name === name);
    if (spec === undefined) throw unsupported(name, family, table);
    if (spec.since !== undefined && isOlder(version, spec.since)) {
      throw new EngineryError(
        'ENGINERY_OPTION_UNSUPPORTED',
        `${name}: ${PRODUCT[family]} ${version} has no such option; ${spec.since} and later have it`,
        { details: { option: name, since: spec.since, version } },
      );
    }
    const checked = checkValue(spec, value);
    resolved[name] = checked;
    for (const item of Array.isArray(checked)
      ? (checked as readonly string[])
      : [checked as string | number | boolean]) {
      settings.push({ name: spec.setting, value: item });
    }
  }
  return { settings, resolved };
}

function* flatten(options: EngineOptions): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!GROUPS.has(name)) {
      yield [name, value];
      continue;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name, 'an object', value);
    for (const [member, inner] of Object.entries(value)) if (inner !== undefined) yield [`${name}.${member}`, inner];
  }
}

function unsupported(name: string, family: Family, table: readonly OptionSpec[]): EngineryError {
  const details = { option: name, family };
  if (ENTERPRISE_ONLY.has(name)) {
    return new EngineryError('ENGINERY_OPTION_UNSUPPORTED', `${name}: ${PRODUCT[family]} has no such option`, {
      hint: 'It is an option of TensorRT Enterprise (families ent10 and ent11). Leave it out.',
      details,
    });
  }
  const known = [...table.map((spec) => spec.name), ...OTHER_OPTIONS];
  const nearest = nearestName(name, known);
  return new EngineryError('ENGINERY_OPTION_UNSUPPORTED', `${name}: there is no such option`, {
    hint: nearest === undefined ? `Known options: ${known.join(', ')}.` : `Did you mean ${nearest}?`,
    details,
  });
}

function checkValue(spec: OptionSpec, value: unknown): string | number | boolean | readonly string[] {
  switch (spec.kind) {
    case 'switch':
      if (typeof value !== 'boolean') throw invalid(spec.name, 'true or false', value);
      return value;
    case 'integer':
      if (!Number.isInteger(value) || (value as number) < spec.min || (value as number) > spec.max) {
        throw invalid(spec.name, `a whole number from ${spec.min} to ${spec.max}`, value);
      }
      return value as number;
    case 'bytes':
      return parseByteSize(value as number | string, spec.name);
    case 'text':
      if (typeof value !== 'string' || value.trim() === '' || value.includes('\0'))
        throw invalid(spec.name, 'text', value);
      return value;
    case 'choice':
      if (!spec.choices.includes(value as string)) throw invalid(spec.name, `one of ${spec.choices.join(', ')}`, value);
      return value as string;
    case 'choices':
      return checkChoices(spec.name, spec.choices, value);
  }
}

function checkChoices(name: string, choices: readonly string[], value: unknown): readonly string[] {
  const expected = `a list of ${choices.join(', ')}`;
  if (!Array.isArray(value) || value.length === 0) throw invalid(name, expected, value);
  for (const item of value) if (!choices.includes(item)) throw invalid(name, expected, item);
  // The library takes a repeated target, and puts it into the plan twice.
  const unique = [...new Set(value as string[])];
  if (unique.includes('current') && unique.length > 1)
    throw invalid(name, "'current' alone, or names without it", value);
  return unique;
}

function invalid(name: string, expected: string, value: unknown): EngineryError {
  const got = typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);
  return new EngineryError('ENGINERY_INVALID_OPTION', `${name}: expected ${expected}, got ${got.slice(0, 100)}`, {
    details: { option: name },
  });
}

function isOlder(version: string, than: string): boolean {
  const left = version.split('.').map(Number);
  for (const [index, right] of than.split('.').map(Number).entries()) {
    const difference = (left[index] ?? 0) - right;
    if (difference !== 0) return difference < 0;
  }
  return false;
}
