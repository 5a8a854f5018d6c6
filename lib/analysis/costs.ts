/** What a node costs: multiply-accumulate operations, and bytes. */

import { elementBytes } from '../tensor/element-type.js';
import { type InferredNode, isFollowed } from './infer-shapes.js';
import { type Known, product } from './known.js';
import type { NodeFacts } from './node-facts.js';
import { einsumSizes, einsumTerms } from './rules/matrix.js';
import { attentionSizes } from './rules/sequence.js';

/** Multiply-accumulates, from the shapes of inputs and of the first output. */
type Count = (node: NodeFacts, output: Known) => number | null;

const CONVOLUTION: Count = (node, output) => times(output, weightOf(node, 1));
const PRODUCT: Count = (node, output) => times(output, [node.input(0).dims?.at(-1) ?? null]);

/** The operators that have any. */
const MACS: ReadonlyMap<string, Count> = new Map(
  Object.entries<Count>({
    Conv: CONVOLUTION,
    ConvInteger: CONVOLUTION,
    DeformConv: CONVOLUTION,
    QLinearConv: (node, output) => times(output, weightOf(node, 3)),
    ConvTranspose: (node) => times(node.input(0), weightOf(node, 1)),
    MatMul: PRODUCT,
    MatMulInteger: PRODUCT,
    QLinearMatMul: PRODUCT,
    Gemm: (node, output) => times(output, [node.input(0).dims?.[node.int('transA', 0) === 0 ? 1 : 0] ?? null]),
    Einsum: einsum,
    RNN: recurrent,
    GRU: recurrent,
    LSTM: recurrent,
    Attention: attention,
  }),
);

type Dims = Known['dims'];

function times(value: Known, factors: Dims): number | null {
  return value.dims === null || factors === null ? null : product([...value.dims, ...factors]);
}

/** All of a weight but its output channels. */
function weightOf(node: NodeFacts, input: number): Dims {
  return node.input(input).dims?.slice(1) ?? null;
}

function einsum(node: NodeFacts): number | null {
  const terms = einsumTerms(node);
  if (terms === null) return null;
  return node.inputCount < 2 ? 0 : product([...einsumSizes(node, terms.inputs).values()]);
}

/** Each step multiplies each sample with all weights of all directions. */
function recurrent(node: NodeFacts): number | null {
  const steps = node.input(0).dims?.slice(0, 2) ?? [null];
  const [input, hidden] = [1, 2].map((i) => product([...steps, ...(node.input(i).dims ?? [null])]));
  return typeof input === 'number' && typeof hidden === 'number' ? input + hidden : null;
}

function attention(node: NodeFacts): number | null {
  const { batch, heads, queries, keys, size, values } = attentionSizes(node);
  const width = typeof size === 'number' && typeof values === 'number' ? size + values : null;
  return product([batch, heads, queries, keys, width]);
}

/** Multiply-accumulates of a node for one run, or one iteration; 0 where it has none, null where they cannot be known. */
export function macsOf({ node, facts, outputs }: InferredNode): number | null {
  if (!isFollowed(node)) return null;
  const [output] = outputs;
  const count = MACS.get(node.operator);
  return count === undefined || output === undefined ? 0 : count(facts, output);
}

/** Bytes of a value; null where its type or shape is not known. */
export function bytesOf({ type, dims }: Known): number | null {
  const elements = product(dims ?? [null]);
  return type === null || elements === null ? null : elementBytes(type, elements);
}

/** Bytes of several values; null where one is not known. */
export function bytesOfAll(values: readonly Known[]): number | null {
  return values.reduce<number | null>((sum, value) => {
    const bytes = sum === null ? null : bytesOf(value);
    return sum === null || bytes === null ? null : sum + bytes;
  }, 0);
}
