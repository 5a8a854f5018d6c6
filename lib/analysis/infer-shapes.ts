/** Shape inference: what is known of every value of a model, node by node in the order of the file. */

import { setImmediate } from 'node:timers/promises';
import type { Graph, GraphNode, OnnxModel } from '../onnx/graph.js';
import type { Dim, ValueInfo } from '../onnx/model-info.js';
import type { BoundInputs } from './bind-dims.js';
import { type Known, known, UNKNOWN } from './known.js';
import { NodeFacts, type Rule } from './node-facts.js';
import { CONVOLUTION } from './rules/convolution.js';
import { CREATION } from './rules/creation.js';
import { ELEMENTWISE } from './rules/elementwise.js';
import { LAYOUT } from './rules/layout.js';
import { MATRIX } from './rules/matrix.js';
import { REDUCTION } from './rules/reduction.js';
import { SEQUENCE } from './rules/sequence.js';

const RULES: ReadonlyMap<string, Rule> = new Map(
  [CONVOLUTION, CREATION, ELEMENTWISE, LAYOUT, MATRIX, REDUCTION, SEQUENCE].flatMap((rules) => Object.entries(rules)),
);

/** A node, with what is known of what goes in and out. */
export interface InferredNode {
  readonly node: GraphNode;
  readonly facts: NodeFacts;
  readonly outputs: readonly Known[];
  /** True in the body of a Loop or Scan, whose shapes may change from one iteration to the next: they are not followed. */
  readonly repeated: boolean;
}

/** Nodes between two breaks for the event loop: about a millisecond. */
const NODES_PER_TURN = 256;

/** The nodes of a model and of its subgraphs, each after those that it depends on. */
export async function inferShapes(model: OnnxModel, bound: BoundInputs): Promise<InferredNode[]> {
  const opset = model.opsets.find(({ domain }) => domain === 'ai.onnx')?.version ?? 1;
  const all: InferredNode[] = [];
  const declared = declaredValues(model.graph, bound.names);
  const scope = new Scope(null);
  for (const { name, type } of model.graph.inputs) scope.set(name, known(type, bound.shapes.get(name) ?? null));
  await inferGraph(model.graph, scope, declared, false);
  return all;

  async function inferGraph(
    graph: Graph,
    scope: Scope,
    declared: ReadonlyMap<string, Known>,
    repeated: boolean,
  ): Promise<void> {
    for (const { name, type, dims, numbers } of graph.initializers) scope.set(name, { type, dims, numbers });
    for (const node of graph.nodes) {
      if (all.length % NODES_PER_TURN === 0) await setImmediate();
      const facts = new NodeFacts(
        node,
        node.inputs.map((name) => (name === '' ? null : scope.get(name))),
        opset,
      );
      const inferred = await inferNode(node, facts, scope, repeated);
      const outputs = node.outputs.map((name, i) => merge(inferred[i] ?? UNKNOWN, declared.get(name)));
      node.outputs.forEach((name, i) => {
        if (name !== '') scope.set(name, outputs[i] as Known);
      });
      all.push({ node, facts, outputs, repeated });
    }
  }

  async function inferNode(
    node: GraphNode,
    facts: NodeFacts,
    scope: Scope,
    repeated: boolean,
  ): Promise<readonly Known[]> {
    const results: Known[][] = [];
    for (const attribute of node.attributes.values()) {
      if (attribute.kind !== 'graph') continue;
      const inner = new Scope(scope);
      const again = repeated || node.operator !== 'If';
      await inferGraph(attribute.value, inner, declaredValues(attribute.value, bound.names), again);
      results.push(attribute.value.outputs.map(({ name }) => inner.get(name)));
    }
    if (node.domain !== '') return [];
    const [first, second] = results;
    if (node.operator === 'If') return first?.map((it, i) => agreed(it, second?.[i] ?? UNKNOWN)) ?? [];
    return RULES.get(node.operator)?.(facts) ?? [];
  }
}

/** Whether shapes and costs of an operator are known. */
export function isFollowed({ operator, domain }: GraphNode): boolean {
  return domain === '' && (operator === 'If' || RULES.has(operator));
}

/** What the file itself says of values, with sizes for names. */
function declaredValues(graph: Graph, names: ReadonlyMap<string, number>): Map<string, Known> {
  const size = (dim: Dim): Dim => (typeof dim === 'string' ? (names.get(dim) ?? dim) : dim);
  const tell = ({ name, type, dims }: ValueInfo): [string, Known] => [name, known(type, dims?.map(size) ?? null)];
  return new Map([...graph.values, ...graph.outputs].map(tell));
}

/** What was inferred, and for the rest what the file says. */
function merge(inferred: Known, declared: Known | undefined): Known {
  if (declared === undefined) return inferred;
  const type = inferred.type ?? declared.type;
  const { dims } = inferred;
  if (dims === null) return known(type, declared.dims, inferred.numbers);
  if (declared.dims?.length !== dims.length) return known(type, dims, inferred.numbers);
  const merged = dims.map((dim, i) => (typeof dim === 'number' ? dim : (declared.dims?.[i] ?? dim)));
  return known(type, merged, inferred.numbers);
}

/** What holds whichever of two branches is taken. */
function agreed(a: Known, b: Known): Known {
  const same = a.dims?.length === b.dims?.length ? a.dims : null;
  const dims = same?.map((dim, i) => (dim === b.dims?.[i] ? dim : null)) ?? null;
  return known(a.type === b.type ? a.type : null, dims);
}

/** The values of a graph, and those around it. */
class Scope {
  readonly #values = new Map<string, Known>();
  readonly #outer: Scope | null;

  constructor(outer: Scope | null) {
    this.#outer = outer;
  }

  get(name: string): Known {
    return this.#values.get(name) ?? this.#outer?.get(name) ?? UNKNOWN;
  }

  set(name: string, value: Known): void {
    this.#values.set(name, value);
  }
}
