/** Looking through DequantizeLinear: what a node that follows one computes with is what that one takes. */

import type { InferredNode } from './infer-shapes.js';

/** The DequantizeLinear nodes, by what they give. */
export function dequantizedValues(nodes: readonly InferredNode[]): Map<string, InferredNode> {
  const values = new Map<string, InferredNode>();
  for (const it of nodes) if (it.node.operator === 'DequantizeLinear') values.set(it.node.outputs[0] ?? '', it);
  return values;
}
