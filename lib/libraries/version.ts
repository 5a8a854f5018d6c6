/** `'1.7.1.116'` → `[1, 7, 1, 116]`; null for anything that is not numbers between dots. */
export function parseVersion(text: string): readonly number[] | null {
  return /^\d+(\.\d+)*$/.test(text) ? text.split('.').map(Number) : null;
}

/** Negative where `a` is older than `b`; missing parts count as 0. */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a) ?? [];
  const right = parseVersion(b) ?? [];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
