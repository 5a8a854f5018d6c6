/** Recurrent layers and attention. */

import type { Dim } from '../../onnx/model-info.js';
import { type Known, known, size } from '../known.js';
import type { NodeFacts, Rules } from '../node-facts.js';

/** Number of matrices that a recurrent layer multiplies with at each step. */
export const GATES: Readonly<Record<string, number>> = { RNN: 1, GRU: 3, LSTM: 4 };

function recurrent(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  const weights = node.input(2).dims;
  const hidden = node.int('hidden_size') ?? weights?.[2] ?? null;
  const directions = node.text('direction', 'forward') === 'bidirectional' ? 2 : 1;
  const [first, second] = [dims?.[0] ?? null, dims?.[1] ?? null];
  const batchFirst = node.int('layout', 0) === 1;
  const all = batchFirst ? [first, second, directions, hidden] : [first, directions, second, hidden];
  const last = batchFirst ? [first, directions, hidden] : [directions, second, hidden];
  return [known(type, all), known(type, last), known(type, last)];
}

/** The sizes of an Attention of operator set 23, whose inputs have rank 4, or rank 3 with the heads side by side. */
export function attentionSizes(
  node: NodeFacts,
): Record<'batch' | 'heads' | 'queries' | 'keys' | 'size' | 'values', Dim> {
  const [q, k, v] = [0, 1, 2].map((i) => node.input(i).dims);
  const past = node.input(4).dims?.[2] ?? (node.has(4) ? null : 0);
  const flat = q?.length === 3;
  const heads = flat ? node.int('q_num_heads') : (q?.[1] ?? null);
  const keyHeads = flat ? node.int('kv_num_heads') : (k?.[1] ?? null);
  const own = flat ? (k?.[1] ?? null) : (k?.[2] ?? null);
  const per = (dim: Dim | undefined, count: Dim): Dim =>
    flat ? (typeof dim === 'number' && typeof count === 'number' ? size(dim / count) : null) : (dim ?? null);
  return {
    batch: q?.[0] ?? null,
    heads,
    queries: (flat ? q?.[1] : q?.[2]) ?? null,
    keys: typeof own === 'number' && typeof past === 'number' ? own + past : null,
    size: per(q?.at(-1), heads),
    values: per(v?.at(-1), keyHeads),
  };
}

function attention(node: NodeFacts): Known[] {
  const { type, dims } = node.input(0);
  if (dims === null) return [known(type, null)];
  const { batch, heads, queries, values } = attentionSizes(node);
  if (dims.length === 4) return [known(type, [batch, heads, queries, values])];
  const width = typeof heads === 'number' && typeof values === 'number' ? size(heads * values) : null;
  return [known(type, [batch, queries, width])];
}

export const SEQUENCE: Rules = { RNN: recurrent, GRU: recurrent, LSTM: recurrent, Attention: attention };
