/** In which types a model computes, and how much of it in each. */

import type { ElementType } from '../tensor/element-type.js';
import { macsOf } from './costs.js';
import { dequantizedValues } from './dequantized.js';
import type { InferredNode } from './infer-shapes.js';

/** The nodes that compute in a type. */
export interface PrecisionShare {
  /** Null where it is not known. */
  readonly type: ElementType | null;
  /** Of the weights, where only they are quantized; null elsewhere. */
  readonly weightType: ElementType | null;
  readonly nodes: number;
  /** Multiply-accumulates, of nodes where they are known. */
  readonly macs: number;
}

/** Operators that only bring values, or change how they are stored. */
const NO_WORK: ReadonlySet<string> = new Set(['Constant', 'QuantizeLinear', 'DequantizeLinear']);

/** Types by nodes, those with most multiply-accumulates first. A node between DequantizeLinear nodes computes in what they take. */
export function precisionMap(nodes: readonly InferredNode[]): PrecisionShare[] {
  const dequantized = dequantizedValues(nodes);
  const shares = new Map<
    string,
    { type: ElementType | null; weightType: ElementType | null; nodes: number; macs: number }
  >();
  for (const it of nodes) {
    if (NO_WORK.has(it.node.operator)) continue;
    const macs = macsOf(it);
    const { type, weightType } = macs === 0 ? ofOutput(it) : ofProduct(it, dequantized);
    const key = `${type} ${weightType}`;
    const share = shares.get(key) ?? { type, weightType, nodes: 0, macs: 0 };
    share.nodes += 1;
    share.macs += macs ?? 0;
    shares.set(key, share);
  }
  return [...shares.values()].sort((a, b) => b.macs - a.macs || b.nodes - a.nodes);
}

type Types = Pick<PrecisionShare, 'type' | 'weightType'>;

function ofOutput({ outputs }: InferredNode): Types {
  return { type: outputs[0]?.type ?? null, weightType: null };
}

function ofProduct({ node, facts }: InferredNode, dequantized: ReadonlyMap<string, InferredNode>): Types {
  const storedType = (input: number): ElementType | null =>
    dequantized.get(node.inputs[input] ?? '')?.facts.type(0) ?? null;
  const [first, second] = [storedType(0), storedType(1)];
  if (first !== null && second !== null) return { type: first, weightType: null };
  return { type: facts.type(0), weightType: second };
}
