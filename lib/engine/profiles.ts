/** Optimization profiles: what the caller declares, checked against the model's inputs. */

import { EngineryError } from '../errors.js';
import type { NativeRange } from '../native/build-types.js';
import type { ModelInfo, ValueInfo } from '../onnx/model-info.js';
import { nearestName } from '../options/nearest-name.js';
import type { Profile, ProfileEntry, ShapeRange } from './profile.js';
import { missingProfile } from './profile-hints.js';

/** Profiles as the builder takes them, and for the manifest. */
export interface ResolvedProfiles {
  readonly profiles: readonly Profile[];
  readonly ranges: readonly NativeRange[];
  readonly warnings: readonly string[];
}

type Bound = keyof ShapeRange;
const BOUNDS: readonly Bound[] = ['min', 'opt', 'max'];

/** What a dynamic leading dimension gets where nothing bounds it. */
const LEADING: Readonly<Record<Bound, number>> = { min: 1, opt: 8, max: 32 };

/** TensorRT's dimensions are int32 wherever a kernel indexes with them. */
const LARGEST_DIM = 2 ** 31 - 1;

/** True for a dimension that only the run decides. */
export function isDynamic(dim: number | string | null): boolean {
  return typeof dim !== 'number' || dim < 0;
}

/**
 * Checks profiles against a model's inputs and fills in what may be left out.
 *
 * @param inputs of the model
 * @param given the caller's profiles; none counts as one empty profile where an input is dynamic
 * @throws EngineryError `ENGINERY_INVALID_PROFILE`
 */
export function resolveProfiles(inputs: ModelInfo['inputs'], given: readonly Profile[] | undefined): ResolvedProfiles {
  if (given !== undefined && !Array.isArray(given)) throw invalid('profiles: expected a list of profiles');
  const dynamic = inputs.some((input) => input.dims?.some(isDynamic) ?? false);
  const declared = given === undefined || given.length === 0 ? (dynamic ? [{}] : []) : given;
  const resolved = declared.map((profile, index) => resolveProfile(inputs, profile, index));
  return {
    profiles: resolved.map(({ profile }) => profile),
    ranges: resolved.flatMap(({ profile }, index) => toRanges(profile, index)),
    warnings: [...new Set(resolved.flatMap(({ warnings }) => warnings))],
  };
}

function resolveProfile(
  inputs: readonly ValueInfo[],
  given: Profile,
  index: number,
): { profile: Profile; warnings: string[] } {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid(`profiles[${index}]: expected an object of bounds by input name`);
  }
  for (const name of Object.keys(given))
    if (!inputs.some((input) => input.name === name)) throw unknownInput(name, inputs);

  const profile: Record<string, ProfileEntry> = Object.create(null);
  const symbols = new Map<string, SymbolRange>();
  const unbound: ValueInfo[] = [];
  for (const input of inputs) {
    const entry = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
    if (entry !== undefined) profile[input.name] = checkEntry(input, entry, symbols, index);
    if (input.dims?.some(isDynamic) && (entry === undefined || 'values' in entry)) unbound.push(input);
  }
  const warnings: string[] = [];
  const missing: ValueInfo[] = [];
  for (const input of unbound) {
    const range = defaultRange(input, symbols, warnings);
    if (range === undefined) missing.push(input);
    else profile[input.name] = range;
  }
  if (missing.length > 0) throw missingProfile(missing, index);
  return { profile, warnings };
}

interface SymbolRange {
  readonly range: Readonly<Record<Bound, number>>;
  readonly input: string;
}

function checkEntry(
  input: ValueInfo,
  entry: ProfileEntry,
  symbols: Map<string, SymbolRange>,
  index: number,
): ProfileEntry {
  const where = `profiles[${index}].${input.name}`;
  if (typeof entry !== 'object' || entry === null) throw invalid(`${where}: expected { min, opt, max }`);
  if ('values' in entry) return { values: checkValues(input, entry.values, `${where}.values`) };
  const range = checkRange(entry, where, 0);
  const { dims } = input;
  if (dims === null) return range;
  if (range.min.length !== dims.length) {
    throw invalid(
      `${where}: '${input.name}' has ${dims.length} dimensions ${shapeText(dims)}, the profile gives ${range.min.length}`,
    );
  }
  for (const [axis, dim] of dims.entries()) {
    const bounds = { min: range.min[axis] ?? 0, opt: range.opt[axis] ?? 0, max: range.max[axis] ?? 0 };
    if (!isDynamic(dim)) checkFixed(input, axis, dim as number, bounds, where);
    else if (typeof dim === 'string') checkSymbol(input, dim, bounds, symbols, where);
  }
  for (const bound of BOUNDS) {
    if (!Number.isSafeInteger(range[bound].reduce((product, dim) => product * Math.max(dim, 1), 1))) {
      throw invalid(`${where}.${bound}: a tensor of shape [${range[bound].join(', ')}] is too large for any machine`);
    }
  }
  return range;
}

function checkFixed(
  input: ValueInfo,
  axis: number,
  dim: number,
  bounds: Readonly<Record<Bound, number>>,
  where: string,
): void {
  const wrong = BOUNDS.find((bound) => bounds[bound] !== dim);
  if (wrong === undefined) return;
  throw invalid(
    `${where}.${wrong}: dimension ${axis} of '${input.name}' is fixed at ${dim} in the model, the profile gives ${bounds[wrong]}`,
    looksLikeShapeTensor(input)
      ? `To bound the contents of a shape tensor, write { values: { min, opt, max } } (--minValues and so on).`
      : `The shape in the model is ${shapeText(input.dims)}: only named or unknown dimensions can vary.`,
  );
}

/** One symbol is one number at run time, so its bounds have to agree within a profile. */
function checkSymbol(
  input: ValueInfo,
  symbol: string,
  range: Readonly<Record<Bound, number>>,
  symbols: Map<string, SymbolRange>,
  where: string,
): void {
  const known = symbols.get(symbol);
  if (known === undefined) {
    symbols.set(symbol, { range, input: input.name });
    return;
  }
  for (const bound of BOUNDS) {
    if (known.range[bound] === range[bound]) continue;
    throw invalid(
      `${where}.${bound}: dimension '${symbol}' is ${range[bound]} here and ${known.range[bound]} for ` +
        `'${known.input}'; it is one number in the model`,
    );
  }
}

function looksLikeShapeTensor(input: ValueInfo): boolean {
  return (input.type === 'int32' || input.type === 'int64') && (input.dims?.length ?? 2) <= 1;
}

function checkValues(input: ValueInfo, range: ShapeRange, where: string): ShapeRange {
  if (!looksLikeShapeTensor(input)) {
    throw invalid(
      `${where}: '${input.name}' is ${input.type ?? 'no tensor'} ${shapeText(input.dims)}; ` +
        'a shape tensor is int32 or int64 with one dimension or none',
    );
  }
  const checked = checkRange(range, where, Number.MIN_SAFE_INTEGER);
  const dims = input.dims ?? [];
  const length = dims.length === 0 ? 1 : dims[0];
  if (typeof length === 'number' && length >= 0 && checked.min.length !== length) {
    throw invalid(`${where}: '${input.name}' holds ${length} values, the profile gives ${checked.min.length}`);
  }
  return checked;
}

function checkRange(range: ShapeRange, where: string, least: number): ShapeRange {
  const largest = least < 0 ? Number.MAX_SAFE_INTEGER : LARGEST_DIM;
  if (typeof range !== 'object' || range === null) throw invalid(`${where}: expected { min, opt, max }`);
  const extra = Object.keys(range).find((key) => !BOUNDS.includes(key as Bound));
  if (extra !== undefined) throw invalid(`${where}: expected min, opt and max, found '${extra}'`);
  for (const bound of BOUNDS) {
    const list: unknown = range[bound];
    if (!Array.isArray(list)) throw invalid(`${where}.${bound}: expected a list of whole numbers`);
    const wrong = list.find((item) => !Number.isSafeInteger(item) || item < least || item > largest);
    if (wrong !== undefined) {
      throw invalid(`${where}.${bound}: expected whole numbers from ${least} to ${largest}, got ${String(wrong)}`);
    }
    if (list.length !== range.min.length) {
      throw invalid(`${where}: min has ${range.min.length} numbers, ${bound} has ${list.length}`);
    }
  }
  for (let axis = 0; axis < range.min.length; axis++) {
    const [min = 0, opt = 0, max = 0] = BOUNDS.map((bound) => range[bound][axis]);
    if (min > opt || opt > max) {
      throw invalid(`${where}: min ≤ opt ≤ max does not hold at position ${axis}: ${min}, ${opt}, ${max}`);
    }
  }
  return { min: [...range.min], opt: [...range.opt], max: [...range.max] };
}

/** Bounds for an input that has none: from symbols bound elsewhere, and for a leading dimension the default. */
function defaultRange(
  input: ValueInfo,
  symbols: ReadonlyMap<string, SymbolRange>,
  warnings: string[],
): ShapeRange | undefined {
  const dims = input.dims ?? [];
  const columns: Readonly<Record<Bound, number>>[] = [];
  for (const [axis, dim] of dims.entries()) {
    const bound = typeof dim === 'string' ? symbols.get(dim)?.range : undefined;
    if (!isDynamic(dim)) columns.push({ min: dim as number, opt: dim as number, max: dim as number });
    else if (bound !== undefined) columns.push(bound);
    else if (axis === 0) {
      columns.push(LEADING);
      warnings.push(
        `'${input.name}' has a dynamic leading dimension and no profile: built for ${LEADING.min} to ${LEADING.max}, ` +
          `optimized for ${LEADING.opt}`,
      );
    } else return undefined;
  }
  const pick = (bound: Bound): number[] => columns.map((column) => column[bound]);
  return { min: pick('min'), opt: pick('opt'), max: pick('max') };
}

function toRanges(profile: Profile, index: number): NativeRange[] {
  return Object.entries(profile).map(([input, entry]) => ({
    profile: index,
    input,
    values: 'values' in entry,
    ...('values' in entry ? entry.values : entry),
  }));
}

function unknownInput(name: string, inputs: readonly ValueInfo[]): EngineryError {
  const names = inputs.map((input) => input.name);
  const nearest = nearestName(name, names);
  return new EngineryError('ENGINERY_INVALID_PROFILE', `The model has no input '${name}'`, {
    hint: `${nearest === undefined ? '' : `Did you mean '${nearest}'? `}Its inputs: ${inputs.map(inputText).join(', ') || 'none'}.`,
    details: { input: name, inputs: names },
  });
}

function inputText(input: ValueInfo): string {
  return `'${input.name}' ${shapeText(input.dims)}`;
}

function shapeText(dims: ValueInfo['dims']): string {
  return dims === null ? '(unknown shape)' : `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
}

function invalid(message: string, hint?: string): EngineryError {
  return new EngineryError('ENGINERY_INVALID_PROFILE', message, { hint });
}
