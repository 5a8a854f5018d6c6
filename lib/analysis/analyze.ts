/** From a model's graph to what it costs and what TensorRT will make of it. */

import { operatorName } from '../onnx/domain.js';
import type { Graph, Initializer, OnnxModel } from '../onnx/graph.js';
import { readGraph } from '../onnx/read-graph.js';
import { WeightFiles } from '../onnx/weight-files.js';
import { peakBytes } from './activations.js';
import type { AnalyzedNode, AnalyzeOptions, ModelAnalysis } from './analyze-model.js';
import { type BoundInputs, bindDims } from './bind-dims.js';
import { bytesOfAll, macsOf } from './costs.js';
import { findFindings } from './findings.js';
import { type InferredNode, inferShapes } from './infer-shapes.js';
import { known } from './known.js';
import { precisionMap } from './precision-map.js';
import { findDuplicates, findSparseWeights } from './weights.js';

/** See {@link analyzeModel}. */
export async function analyze(model: string | Uint8Array, { shapes = {} }: AnalyzeOptions): Promise<ModelAnalysis> {
  const onnx = await readGraph(model);
  const bound = bindDims(onnx.graph.inputs, new Map(Object.entries(shapes)));
  const nodes = await inferShapes(onnx, bound);
  const weights = new Map(allWeights(onnx.graph).map((weight) => [weight.name, weight]));
  const costs = nodes.map((node) => analyzedNode(node, weights));
  const counted = costs.flatMap(({ macs }) => macs ?? []);
  return {
    assumed: bound.assumed,
    open: bound.open,
    macs: counted.reduce((sum, macs) => sum + macs, 0),
    unknownNodes: costs.length - counted.length,
    peakBytes: peakBytes(onnx.graph, nodes, inputBytes(onnx.graph, bound)),
    nodes: costs,
    precision: precisionMap(nodes),
    findings: findFindings(onnx, nodes),
    ...(await lookIntoWeights(model, onnx, weights, nodes)),
  };
}

async function lookIntoWeights(
  model: string | Uint8Array,
  { bytes, externalFiles }: OnnxModel,
  weights: ReadonlyMap<string, Initializer>,
  nodes: readonly InferredNode[],
): Promise<Pick<ModelAnalysis, 'sparsity' | 'duplicates'>> {
  const files = new WeightFiles(model, bytes, externalFiles);
  try {
    const sparsity = await findSparseWeights(weights, nodes, files);
    return { sparsity, duplicates: await findDuplicates([...weights.values()], files) };
  } finally {
    await files.close();
  }
}

/** Initializers and the tensors of Constant nodes, which have the name of what the node gives. */
function allWeights(graph: Graph): Initializer[] {
  const weights = [...graph.initializers];
  for (const { operator, outputs, attributes } of graph.nodes) {
    for (const attribute of attributes.values()) {
      if (attribute.kind === 'graph') weights.push(...allWeights(attribute.value));
      const [name] = outputs;
      if (operator === 'Constant' && attribute.kind === 'tensor' && name) weights.push({ ...attribute.value, name });
    }
  }
  return weights;
}

function inputBytes({ inputs }: Graph, { shapes }: BoundInputs): number | null {
  return bytesOfAll(inputs.map(({ name, type }) => known(type, shapes.get(name) ?? null)));
}

function analyzedNode(it: InferredNode, weights: ReadonlyMap<string, Initializer>): AnalyzedNode {
  const { node, outputs } = it;
  return {
    name: node.name,
    operator: operatorName(node.domain, node.operator),
    outputs: outputs.map(({ type, dims }, i) => ({ name: node.outputs[i] ?? '', type, dims })),
    macs: macsOf(it),
    outputBytes: bytesOfAll(outputs),
    weightBytes: node.inputs.reduce((sum, name) => sum + (weights.get(name)?.bytes ?? 0), 0),
  };
}
