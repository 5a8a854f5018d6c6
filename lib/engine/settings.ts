/** From options by name to settings that cross the bridge. */

import { resolve } from 'node:path';
import { EngineryError } from '../errors.js';
import { PRODUCTS } from '../libraries/products.js';
import type { Family } from '../libraries/verdict.js';
import { compareVersions } from '../libraries/version.js';
import type { NativeSetting } from '../native/build-types.js';
import { unknownOption } from '../options/refuse-unknown.js';
import { parseByteSize } from './byte-size.js';
import { NOT_CONTENTS, OPTION_GROUPS, OPTION_RULES, OPTIONS, type OptionSpec } from './option-table.js';
import type { EngineOptions } from './options.js';

const TITLES: Readonly<Record<Family, string>> = { rtx: 'TensorRT-RTX', ent11: 'TensorRT 11', ent10: 'TensorRT 10' };

/** Options that are no settings of TensorRT. */
const OTHER_OPTIONS: readonly string[] = ['profiles', 'precision', ...NOT_CONTENTS];

/** Names of all options of `buildEngine`, of any family; members of groups with a dot. */
export const BUILD_OPTIONS: readonly string[] = [...new Set(OPTIONS.map(({ name }) => name)), ...OTHER_OPTIONS];

type Value = string | number | boolean | readonly string[];

/** Options in the form that crosses the bridge, and for the manifest. */
export interface ResolvedSettings {
  readonly settings: readonly NativeSetting[];
  /** Values by option name, as they were set. */
  readonly resolved: Readonly<Record<string, Value>>;
}

/**
 * Checks options by name and value, and turns them into settings.
 *
 * @param options what the caller gave; values `undefined` count as absent
 * @param family of the library that will build
 * @param version of that library, `1.7.1`
 * @throws EngineryError `ENGINERY_OPTION_UNSUPPORTED` for a name the family or version has not, `ENGINERY_INVALID_OPTION` for
 * a value
 */
export function resolveSettings(options: EngineOptions, family: Family, version: string): ResolvedSettings {
  const resolved: Record<string, Value> = {};
  for (const [name, value] of flattenOptions(options)) {
    if (OTHER_OPTIONS.includes(name)) continue;
    const spec = OPTIONS.find((candidate) => candidate.name === name && candidate.since[family] !== undefined);
    if (spec === undefined) throw unsupported(name, family);
    const since = spec.since[family] ?? '';
    if (compareVersions(version, since) < 0) {
      const { title } = PRODUCTS[family === 'rtx' ? 'tensorrt-rtx' : 'tensorrt'];
      throw new EngineryError(
        'ENGINERY_OPTION_UNSUPPORTED',
        `${name}: ${title} ${version} has no such option; ${since} and later have it`,
        { details: { option: name, since, version } },
      );
    }
    resolved[name] = checkValue(spec, value);
  }
  for (const rule of OPTION_RULES) checkRule(rule, resolved);
  return { settings: toSettings(resolved), resolved };
}

/** The timing cache is a file of ours to read and write, so it crosses the bridge by itself. */
function toSettings(resolved: Readonly<Record<string, Value>>): NativeSetting[] {
  return Object.entries(resolved).flatMap(([name, value]) => {
    if (name === 'timingCache') return [];
    return typeof value === 'object' ? value.map((item) => ({ name, value: item })) : [{ name, value }];
  });
}

/** Options as {@link BUILD_OPTIONS} names them. */
export function* flattenOptions(options: EngineOptions): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!OPTION_GROUPS.has(name)) {
      yield [name, value];
      continue;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name, 'an object', value);
    // Its presence alone says something, even with nothing inside.
    if (name === 'weaklyTyped') yield [name, true];
    for (const [member, inner] of Object.entries(value)) if (inner !== undefined) yield [`${name}.${member}`, inner];
  }
}

function unsupported(name: string, family: Family): EngineryError {
  const others = OPTIONS.filter((spec) => spec.name === name).flatMap((spec) => Object.entries(spec.since));
  if (others.length > 0) {
    const list = others.map(([other, since]) => `${TITLES[other as Family]} (from ${since})`).join(', ');
    return new EngineryError('ENGINERY_OPTION_UNSUPPORTED', `${name}: ${TITLES[family]} has no such option`, {
      hint: `It is an option of ${list}. Leave it out, or build with that library.`,
      details: { option: name, family },
    });
  }
  const known = [
    ...new Set(OPTIONS.filter((spec) => spec.since[family] !== undefined).map((spec) => spec.name)),
    ...OTHER_OPTIONS,
  ];
  return unknownOption(name, known);
}

function checkRule(rule: (typeof OPTION_RULES)[number], resolved: Readonly<Record<string, Value>>): void {
  const isSet = (name: string): boolean => ![undefined, false, 'none'].includes(resolved[name] as never);
  if (!isSet(rule.name)) return;
  const wrong = (message: string): EngineryError =>
    new EngineryError('ENGINERY_INVALID_OPTION', message, { details: { option: rule.name } });
  if (rule.needs !== undefined && !isSet(rule.needs)) throw wrong(`${rule.name}: it needs ${rule.needs} as well`);
  if (rule.excludes !== undefined && isSet(rule.excludes)) {
    throw wrong(`${rule.name}: it cannot be combined with ${rule.excludes}`);
  }
}

function checkValue(spec: OptionSpec, value: unknown): Value {
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
      if (!isText(value)) throw invalid(spec.name, 'text', value);
      return value;
    case 'path':
      if (!isText(value)) throw invalid(spec.name, 'a path', value);
      return resolve(value);
    case 'paths':
      if (!Array.isArray(value) || value.length === 0 || !value.every(isText)) {
        throw invalid(spec.name, 'a list of paths', value);
      }
      return [...new Set(value.map((path) => resolve(path)))];
    case 'choice':
      if (!spec.choices.includes(value as string)) throw invalid(spec.name, `one of ${spec.choices.join(', ')}`, value);
      return value as string;
    case 'choices':
      return checkChoices(spec.name, spec.choices, value);
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && !value.includes('\0');
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
