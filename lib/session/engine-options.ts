/** How an engine would be built of a model: what the caller says, else what lies beside the model. */

import type { BuildOptions } from '../engine/options.js';
import type { Profile } from '../engine/profile.js';
import { resolveProfiles } from '../engine/profiles.js';
import { BUILD_OPTIONS, flattenOptions } from '../engine/settings.js';
import { EngineryError, messageOf } from '../errors.js';
import type { ModelInfo } from '../onnx/model-info.js';
import { readSmallFile } from '../onnx/open-file.js';
import { refuseUnknown } from '../options/refuse-unknown.js';

/** Options of `createSession` about the engine: those of `buildEngine`, and whether to build. */
export interface SessionEngineOptions extends Omit<BuildOptions, 'output' | 'signal'> {
  /** Whether a GPU backend may build what the cache lacks, or what an engine file cannot do here. Default `'if-missing'`. */
  readonly build?: 'if-missing' | 'never' | undefined;
}

const KNOWN = Object.fromEntries(
  ['build', ...BUILD_OPTIONS].filter((name) => name !== 'output' && name !== 'signal').map((name) => [name, true]),
);

/** Nobody writes more by hand. */
const LARGEST_FILE = 1024 * 1024;

/** `digits.enginery.json` beside `digits.onnx`. */
export function optionsPath(model: string): string {
  return `${model.replace(/\.onnx$/, '')}.enginery.json`;
}

/**
 * Checks names, and what is ours of the options; other values are checked where an engine is built.
 *
 * @param where - They stand there.
 * @returns those that are given: `undefined` counts as absent
 * @throws EngineryError `ENGINERY_INVALID_OPTION`, `ENGINERY_OPTION_UNSUPPORTED`
 */
export function checkEngineOptions(given: SessionEngineOptions = {}, where = 'engine.'): SessionEngineOptions {
  if (typeof given !== 'object' || given === null) {
    throw new EngineryError('ENGINERY_INVALID_OPTION', 'engine: expected an object of options');
  }
  if (given.build !== undefined && given.build !== 'if-missing' && given.build !== 'never') {
    throw new EngineryError(
      'ENGINERY_INVALID_OPTION',
      `${where}build is ${given.build}; expected 'if-missing' or 'never'`,
    );
  }
  refuseUnknown(Object.fromEntries(flattenOptions(given)), KNOWN, where);
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * The options for a model's engine: those given, and where these have no profiles, those of the file beside the model.
 *
 * @throws EngineryError `ENGINERY_INVALID_OPTION`, `ENGINERY_OPTION_UNSUPPORTED`, `ENGINERY_FILE_UNREADABLE`
 */
export async function engineOptionsOf(
  model: string | Uint8Array,
  options: SessionEngineOptions | undefined,
): Promise<SessionEngineOptions> {
  const given = checkEngineOptions(options);
  if (typeof model !== 'string' || given.profiles !== undefined) return given;
  return { ...(await readOptions(optionsPath(model))), ...given };
}

/**
 * The profiles that are declared for a model, checked against its inputs.
 *
 * @returns none where none are declared: then a run has no limits on the CPU
 * @throws EngineryError `ENGINERY_INVALID_PROFILE`
 */
export function declaredProfiles({ inputs }: ModelInfo, { profiles }: SessionEngineOptions): readonly Profile[] {
  return profiles === undefined ? [] : resolveProfiles(inputs, profiles).profiles;
}

async function readOptions(path: string): Promise<SessionEngineOptions | null> {
  const text = await textOf(path);
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EngineryError('ENGINERY_INVALID_OPTION', `${path} is no JSON: ${messageOf(cause)}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = `${path}: expected an object of build options, such as { "profiles": [] }`;
    throw new EngineryError('ENGINERY_INVALID_OPTION', message);
  }
  return checkEngineOptions(value, `${path}: `);
}

/** Null where there is no such file. */
async function textOf(path: string): Promise<string | null> {
  try {
    const content = await readSmallFile(path, {
      largest: LARGEST_FILE,
      notFile: (what) => new EngineryError('ENGINERY_FILE_UNREADABLE', `${path} is ${what}, not a file of options`),
      tooLarge: () => new EngineryError('ENGINERY_INVALID_OPTION', `${path} is larger than options are`),
    });
    return content.toString('utf8');
  } catch (error) {
    if (error instanceof EngineryError && error.code === 'ENGINERY_FILE_NOT_FOUND') return null;
    throw error;
  }
}
