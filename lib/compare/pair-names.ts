/** Which input or output of one model is which of another. */

/** A value of model A and the one of model B that is taken for the same. */
export interface NamePair {
  readonly a: string;
  readonly b: string;
}

/** Names of both sides, matched as far as they can be. */
export interface PairedNames {
  readonly pairs: readonly NamePair[];
  /** Names that only A has, and nothing is left of B to take for them. */
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/** Matches by name; what is left on both sides is matched in order. Pairs are in A's order. */
export function pairNames(a: readonly string[], b: readonly string[]): PairedNames {
  const left = b.filter((name) => !a.includes(name));
  const pairs: NamePair[] = [];
  const onlyA: string[] = [];
  for (const name of a) {
    const partner = b.includes(name) ? name : left.shift();
    if (partner === undefined) onlyA.push(name);
    else pairs.push({ a: name, b: partner });
  }
  return { pairs, onlyA, onlyB: left };
}
