/** ONNX Runtime's own session options, by the names that onnxruntime-common gives them. */

import { EngineryError } from '../../errors.js';
import type { NativeOnnxRuntimeOptions } from '../../native/binding.js';
import { refuseUnknown } from '../../options/refuse-unknown.js';

/**
 * Options of ONNX Runtime's sessions. They are for measuring and for special models; the defaults suit servers.
 *
 * @see https://onnxruntime.ai/docs/performance/
 */
export interface OnnxRuntimeOptions {
  /** Default `'all'`. */
  readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'all' | undefined;
  /** `'parallel'` runs branches of a graph at once, on threads of its own. Default `'sequential'`. */
  readonly executionMode?: 'sequential' | 'parallel' | undefined;
  /** Threads of parallel execution. Default: ONNX Runtime's own number. */
  readonly interOpNumThreads?: number | undefined;
  /** Keep memory between runs. Default true; without it, runs of rare large inputs give their memory back. */
  readonly enableCpuMemArena?: boolean | undefined;
  /** Plan memory by the first run's shapes. Default true. */
  readonly enableMemPattern?: boolean | undefined;
  /** Write a profile of all runs to `<prefix>_<time>.json` when the session is closed. */
  readonly profileFilePrefix?: string | undefined;
  /** Sizes for symbolic dimensions, by name: ONNX Runtime optimizes for them. */
  readonly freeDimensionOverrides?: Readonly<Record<string, number>> | undefined;
  /** Entries such as `session.set_denormal_as_zero`: '1'. */
  readonly config?: Readonly<Record<string, string>> | undefined;
  /** Shared libraries with operators of your own. They are code: load only what you trust. */
  readonly customOpLibraries?: readonly string[] | undefined;
}

const LEVELS = { disabled: 0, basic: 1, extended: 2, all: 99 } as const;
const MODES = { sequential: false, parallel: true } as const;

type Name = keyof OnnxRuntimeOptions;
type Check = readonly [holds: (value: never) => boolean, expected: string];

const BOOLEAN: Check = [(value: unknown) => typeof value === 'boolean', 'true or false'];
const CHECKS: Readonly<Record<Name, Check>> = {
  graphOptimizationLevel: [(value: string) => Object.hasOwn(LEVELS, value), `one of ${Object.keys(LEVELS).join(', ')}`],
  executionMode: [(value: string) => Object.hasOwn(MODES, value), `one of ${Object.keys(MODES).join(', ')}`],
  interOpNumThreads: [(value: number) => isWhole(value) && value <= 1024, 'an integer from 1 to 1024'],
  enableCpuMemArena: BOOLEAN,
  enableMemPattern: BOOLEAN,
  profileFilePrefix: [isText, 'the beginning of a path'],
  freeDimensionOverrides: [(value: object) => isRecord(value, isWhole), 'sizes from 1 on, by name'],
  config: [(value: object) => isRecord(value, isText), 'texts by key'],
  customOpLibraries: [(value: unknown) => Array.isArray(value) && value.every(isText), 'a list of paths'],
};

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** A NUL would end it early on the other side. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function isRecord(value: unknown, holds: (value: unknown) => boolean): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, it]) => isText(key) && holds(it));
}

/**
 * Checks options, and gives them as native code takes them.
 *
 * @throws EngineryError `ENGINERY_INVALID_OPTION`, `ENGINERY_OPTION_UNSUPPORTED` for a name that is none
 */
export function toNativeOptions(options: OnnxRuntimeOptions = {}): NativeOnnxRuntimeOptions {
  if (typeof options !== 'object' || options === null) {
    throw new EngineryError('ENGINERY_INVALID_OPTION', 'onnxruntime: expected an object of options');
  }
  refuseUnknown(options, CHECKS, 'onnxruntime.');
  for (const [name, value] of Object.entries(options)) {
    const [holds, expected] = CHECKS[name as Name];
    if (value === undefined || holds(value as never)) continue;
    throw new EngineryError('ENGINERY_INVALID_OPTION', `onnxruntime.${name}: expected ${expected}`, {
      details: { option: name, value },
    });
  }
  return {
    graphOptimizationLevel: LEVELS[options.graphOptimizationLevel ?? 'all'],
    parallel: MODES[options.executionMode ?? 'sequential'],
    interOpNumThreads: options.interOpNumThreads ?? 0,
    enableCpuMemArena: options.enableCpuMemArena ?? true,
    enableMemPattern: options.enableMemPattern ?? true,
    profileFilePrefix: options.profileFilePrefix ?? '',
    freeDimensionOverrides: Object.entries(options.freeDimensionOverrides ?? {}),
    config: Object.entries(options.config ?? {}),
    customOpLibraries: options.customOpLibraries ?? [],
  };
}
