/** One output of model A and the one of model B that it is compared with, over all runs. */

import type { ElementType } from '../tensor/element-type.js';
import { isFloat } from '../tensor/read-floats.js';
import { showDims, type Tensor } from '../tensor/tensor.js';
import type { ComparisonFinding, OutputComparison } from './compare-sessions.js';
import { ExactComparison } from './exact-metrics.js';
import { FloatComparison } from './float-metrics.js';
import type { NamePair } from './pair-names.js';

type Results = Readonly<Record<string, Tensor>>;

/** Types whose elements can be compared with each other, by the family's name; other types only with themselves. */
function familyOf(type: ElementType): string {
  if (isFloat(type)) return type.startsWith('complex') ? 'complex' : 'float';
  return /^u?int(8|16|32|64)$/.test(type) ? 'integer' : type;
}

/** Collects a pair of outputs, a run at a time. What cannot be compared becomes a finding. */
export class OutputPair {
  readonly #names: NamePair;
  readonly #findings = new Map<string, ComparisonFinding>();
  #types: OutputComparison['types'] | null = null;
  #dims: OutputComparison['dims'] | null = null;
  #comparison: FloatComparison | ExactComparison | undefined;

  constructor(names: NamePair) {
    this.#names = names;
  }

  /** Takes the results of one run. */
  async add(resultsA: Results, resultsB: Results, run: number): Promise<void> {
    const a = resultsA[this.#names.a] as Tensor;
    const b = resultsB[this.#names.b] as Tensor;
    this.#types ??= { a: a.type, b: b.type };
    this.#dims ??= { a: a.dims, b: b.dims };
    const family = familyOf(a.type);
    const alike = family === familyOf(b.type);
    if (a.type !== b.type) {
      this.#find('type', `is ${a.type} in A and ${b.type} in B${alike ? '' : ': not compared'}`, alike);
    }
    if (!alike) return;
    if (a.dims.length !== b.dims.length || a.dims.some((dim, axis) => dim !== b.dims[axis])) {
      this.#find('dims', `is ${showDims(a.dims)} in A and ${showDims(b.dims)} in B: not compared (run ${run})`, false);
      return;
    }
    this.#comparison ??= isFloat(a.type) ? new FloatComparison() : new ExactComparison(family === 'integer');
    await this.#comparison.add(a, b, run);
  }

  #find(kind: ComparisonFinding['kind'], message: string, compared: boolean): void {
    if (!this.#findings.has(kind)) this.#findings.set(kind, { output: this.#names.a, kind, message, compared });
  }

  /** What did not fit, once for each kind. */
  findings(): ComparisonFinding[] {
    return [...this.#findings.values()];
  }

  /** What came of it; call it after the last run. */
  result(): OutputComparison {
    const { a: name, b: nameInB } = this.#names;
    const types = this.#types as OutputComparison['types'];
    const dims = this.#dims as OutputComparison['dims'];
    return { name, nameInB, types, dims, metrics: this.#comparison?.metrics() ?? null };
  }
}
