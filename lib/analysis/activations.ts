/** The memory that values take between nodes. */

import type { Graph } from '../onnx/graph.js';
import { bytesOf } from './costs.js';
import type { InferredNode } from './infer-shapes.js';

/**
 * The most bytes that values of the main graph take at a time when the nodes run in the order of the file and each value goes
 * after its last use. TensorRT fuses and reorders: it usually needs less.
 *
 * @returns Null where a shape is unknown.
 */
export function peakBytes(graph: Graph, nodes: readonly InferredNode[], inputBytes: number | null): number | null {
  if (inputBytes === null) return null;
  const own = new Set(graph.nodes);
  const main: InferredNode[] = [];
  const lastUse = new Map<string, number>();
  for (const it of nodes) {
    // The nodes of a subgraph stand before the node that they belong to, and use values on its behalf.
    for (const name of it.node.inputs) lastUse.set(name, main.length);
    if (own.has(it.node)) main.push(it);
  }
  for (const { name } of graph.outputs) lastUse.set(name, main.length);

  const ending = new Map<number, number>();
  let now = inputBytes;
  let peak = inputBytes;
  for (const [i, { node, outputs }] of main.entries()) {
    for (const [j, name] of node.outputs.entries()) {
      const output = outputs[j];
      if (node.operator === 'Constant' || name === '' || output === undefined) continue;
      const bytes = bytesOf(output);
      if (bytes === null) return null;
      now += bytes;
      const end = lastUse.get(name) ?? i;
      ending.set(end, (ending.get(end) ?? 0) + bytes);
    }
    peak = Math.max(peak, now);
    now -= ending.get(i) ?? 0;
  }
  return peak;
}
