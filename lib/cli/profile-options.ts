/**
 * The options that describe optimization profiles, as trtexec has them: `--minShapes --optShapes --maxShapes`, or only
 * `--optShapes` (or `--shapes`) for a fixed shape; what follows `--profile=N` belongs to profile N.
 *
 * Beyond trtexec, `--minValues --optValues --maxValues` bound the contents of shape tensors.
 */

import { type Command, Option } from 'commander';
import type { Profile, ProfileEntry } from '../engine/profile.js';
import { EngineryError } from '../errors.js';
import { parseShapes, type Shapes } from './shapes.js';

type Bound = 'min' | 'opt' | 'max';
type Kind = 'Shapes' | 'Values';
type Group = Partial<Record<`${Bound}${Kind}`, Shapes>>;

const BOUNDS: readonly Bound[] = ['min', 'opt', 'max'];
const KINDS: readonly Kind[] = ['Shapes', 'Values'];

/**
 * Adds the options to a command.
 *
 * @returns a function that gives the profiles once the command line is parsed; none where no option was used
 */
export function addProfileOptions(command: Command): () => readonly Profile[] | undefined {
  const groups: Group[] = [];
  let current = 0;

  const put = (bound: Bound, kind: Kind, option: string, spec: string): void => {
    const group = groups[current] ?? {};
    groups[current] = group;
    const key = `${bound}${kind}` as const;
    group[key] = new Map([...(group[key] ?? []), ...parseShapes(spec, option)]);
  };
  const help: Record<Kind, Record<Bound, string>> = {
    Shapes: { min: 'smallest shapes', opt: 'shapes to optimize for', max: 'largest shapes' },
    Values: { min: 'smallest values of shape tensors', opt: 'values to optimize for', max: 'largest values' },
  };
  for (const kind of KINDS) {
    for (const bound of BOUNDS) {
      const option = `--${bound}${kind}`;
      const parser = (spec: string): void => put(bound, kind, option, spec);
      command.addOption(new Option(`${option} <spec>`, help[kind][bound]).argParser(parser));
    }
  }
  command.addOption(
    new Option('--shapes <spec>', 'fixed shapes: min, opt and max at once').argParser((spec: string) => {
      for (const bound of BOUNDS) put(bound, 'Shapes', '--shapes', spec);
    }),
  );
  command.addOption(
    new Option('--profile <n>', 'the shapes that follow belong to optimization profile n, from 0').argParser(
      (text: string) => {
        current = Number(text);
        if (!/^\d{1,3}$/.test(text)) {
          throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `--profile: expected a number from 0, got '${text}'`);
        }
      },
    ),
  );
  return () => (groups.length === 0 ? undefined : Array.from(groups, toProfile));
}

function toProfile(group: Group | undefined, index: number): Profile {
  if (group === undefined) {
    throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `--profile: profile ${index} has no shapes`, {
      hint: 'Number profiles from 0, without gaps.',
    });
  }
  const profile: Record<string, ProfileEntry> = Object.create(null);
  for (const kind of KINDS) {
    const names = new Set(BOUNDS.flatMap((bound) => [...(group[`${bound}${kind}`]?.keys() ?? [])]));
    for (const name of names) {
      const range = toRange(group, kind, name);
      profile[name] = kind === 'Shapes' ? range : { values: range };
    }
  }
  return profile;
}

function toRange(group: Group, kind: Kind, name: string): Record<Bound, readonly number[]> {
  const [min, opt, max] = BOUNDS.map((bound) => group[`${bound}${kind}`]?.get(name));
  if (opt !== undefined && min === undefined && max === undefined) return { min: opt, opt, max: opt };
  if (min === undefined || opt === undefined || max === undefined) {
    throw new EngineryError(
      'ENGINERY_INVALID_ARGUMENT',
      `'${name}' needs all of --min${kind}, --opt${kind}, --max${kind}`,
      {
        hint: `Or give --opt${kind} alone for a fixed shape.`,
      },
    );
  }
  return { min, opt, max };
}
