/** Declared optimization profiles, enforced on every backend: what a GPU would refuse is refused on the CPU too. */

import type { Profile, ProfileEntry, ShapeRange } from '../engine/profile.js';
import { EngineryError } from '../errors.js';
import { showDims, type TensorLike } from '../tensor/tensor.js';
import type { DeviceFeeds } from './feeds.js';

/**
 * Checks that one profile takes all feeds.
 *
 * @param parts - Feeds, checked; more than one are a batch along the first axis.
 * @param profiles - None: there are no limits.
 * @throws EngineryError `ENGINERY_INVALID_FEED`, with the bounds of every profile
 */
export function checkLimits(parts: readonly DeviceFeeds[], profiles: readonly Profile[]): void {
  if (profiles.length === 0) return;
  const faults = profiles.map((profile) => faultIn(parts, profile));
  if (faults.includes(undefined)) return;
  const lines = faults.map((fault, i) => (profiles.length === 1 ? fault : `\n  profile ${i}: ${fault}`));
  const message = `The feeds lie outside ${profiles.length === 1 ? 'the declared profile' : 'every declared profile'}: ${lines.join('')}`;
  throw new EngineryError('ENGINERY_INVALID_FEED', message, {
    hint: 'Feed what the profile allows, or declare wider bounds: a GPU takes nothing else.',
    details: { profiles },
  });
}

function faultIn(parts: readonly DeviceFeeds[], profile: Profile): string | undefined {
  for (const [name, entry] of Object.entries(profile)) {
    const tensors = parts.map((part) => part[name] as DeviceFeeds[string]);
    // What lies on a GPU is no shape tensor: checkDeviceFeeds has seen to that.
    const fault =
      'values' in entry ? valuesFault(tensors[0] as TensorLike, entry) : dimsFault(batchDims(tensors), entry);
    if (fault !== undefined) return `input "${name}" ${fault}`;
  }
  return undefined;
}

function batchDims(tensors: readonly DeviceFeeds[string][]): number[] {
  const [first, ...more] = tensors.map(({ dims }) => dims);
  const dims = [...(first ?? [])];
  for (const other of more) dims[0] = (dims[0] ?? 0) + (other[0] ?? 0);
  return dims;
}

function dimsFault(dims: readonly number[], range: ShapeRange): string | undefined {
  return within(dims, range)
    ? undefined
    : `is ${showDims(dims)}, from ${showDims(range.min)} to ${showDims(range.max)} are allowed`;
}

/** A shape tensor is bounded by what it holds. */
function valuesFault(
  tensor: TensorLike | undefined,
  { values }: Extract<ProfileEntry, { values: unknown }>,
): string | undefined {
  const held = Array.from(tensor?.data as ArrayLike<number | bigint>, Number);
  return within(held, values)
    ? undefined
    : `holds ${showDims(held)}, from ${showDims(values.min)} to ${showDims(values.max)} are allowed`;
}

function within(numbers: readonly number[], { min, max }: ShapeRange): boolean {
  return (
    numbers.length === min.length &&
    numbers.every((number, i) => number >= (min[i] as number) && number <= (max[i] as number))
  );
}
