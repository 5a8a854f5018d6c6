/** How two engines differ, by their plan headers and manifests. */

import type { EngineInspection } from './inspect-file.js';

/** One fact that differs. */
export interface Difference {
  /** `options.resolved.tf32`; as in the manifest, where it comes from there. */
  readonly path: string;
  /** Undefined where that side does not have it. */
  readonly left: unknown;
  readonly right: unknown;
}

/** What two engines of the same build differ in anyway. */
const OF_THE_OCCASION: ReadonlySet<string> = new Set(['created', 'seconds', 'enginery', 'plan']);

/**
 * Compares two engines. Where one of them has no manifest, only the plans' headers and digests are compared.
 *
 * @returns nothing for engines that are equal in all that counts
 */
export function compareEngines(left: EngineInspection, right: EngineInspection): Difference[] {
  const both = left.manifest !== null && right.manifest !== null;
  const [a, b] = [left, right].map((engine) => new Map(leaves(factsOf(engine, both), ''))) as [Facts, Facts];
  const differences: Difference[] = [];
  for (const path of new Set([...a.keys(), ...b.keys()])) {
    const pair = { path, left: a.get(path), right: b.get(path) };
    if (JSON.stringify(pair.left) !== JSON.stringify(pair.right)) differences.push(pair);
  }
  return differences;
}

type Facts = Map<string, unknown>;

function factsOf({ product, version, serializationVersion, bytes, sha256, manifest }: EngineInspection, both: boolean) {
  const header = { product, version, serializationVersion, bytes, sha256 };
  if (!both || manifest === null) return header;
  const facts = Object.entries(manifest).filter(([name]) => !OF_THE_OCCASION.has(name));
  // The options as given lead to those as resolved; the library's version is the plan's, more exactly.
  const { version: full, family } = manifest.runtime;
  return {
    ...header,
    version: full,
    family,
    ...Object.fromEntries(facts),
    runtime: {},
    options: manifest.options.resolved,
  };
}

/** Values with the way to them. Lists of plain values are one value. */
function* leaves(value: unknown, path: string): Generator<[string, unknown]> {
  const isList = Array.isArray(value);
  if (typeof value !== 'object' || value === null || (isList && value.every((item) => typeof item !== 'object'))) {
    yield [path, value];
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    // Inputs and outputs are told apart by their names, whatever their order.
    const named = isList && typeof inner === 'object' && inner !== null && 'name' in inner ? String(inner.name) : name;
    yield* leaves(inner, path === '' ? named : `${path}.${named}`);
  }
}
