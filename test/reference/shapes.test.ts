// @module-tag analysis
/** Whether the types and shapes that the analysis works out are those that ONNX's node tests give. */
import { expect, inject, test } from 'vitest';
import { bindDims } from '../../dist/analysis/bind-dims.js';
import { inferShapes } from '../../dist/analysis/infer-shapes.js';
import { type Known, UNKNOWN } from '../../dist/analysis/known.js';
import type { Initializer, OnnxModel } from '../../dist/onnx/graph.js';
import { readGraph } from '../../dist/onnx/read-graph.js';
import { nodeTests } from '../support/node-tests.js';

/** 1,630 of 2,146 outputs are. Most others are of operators without a rule, or further outputs of a node. */
const KNOWN_IN_FULL = 1600;

/** With nothing in it that tells the answer. */
function withoutOutputs({ graph, ...rest }: OnnxModel): OnnxModel {
  const outputs = graph.outputs.map((output) => ({ ...output, type: null, dims: null }));
  return { ...rest, graph: { ...graph, values: [], outputs } };
}

async function outputsOf(onnx: OnnxModel): Promise<Known[]> {
  const nodes = await inferShapes(onnx, bindDims(onnx.graph.inputs, new Map()));
  const values = new Map(nodes.flatMap(({ node, outputs }) => node.outputs.map((name, i) => [name, outputs[i]])));
  return onnx.graph.outputs.map(({ name }) => values.get(name) ?? UNKNOWN);
}

function contradicts({ type, dims }: Known, expected: Initializer): boolean {
  if (type !== null && type !== expected.type) return true;
  if (dims === null) return false;
  return (
    dims.length !== expected.dims.length || dims.some((dim, i) => typeof dim === 'number' && dim !== expected.dims[i])
  );
}

test('no shape and no type contradicts a node test of ONNX', async () => {
  const contradictions: string[] = [];
  let all = 0;
  let whole = 0;
  for (const { name, model, outputs } of await nodeTests(inject('nodeTests'))) {
    if (outputs === null) continue;
    const inferred = await outputsOf(withoutOutputs(await readGraph(model)));
    for (const [i, expected] of outputs.entries()) {
      const known = inferred[i] ?? UNKNOWN;
      all += 1;
      if (known.dims?.every((dim) => typeof dim === 'number')) whole += 1;
      if (contradicts(known, expected)) {
        const shown = ({ type, dims }: Pick<Known, 'type' | 'dims'>): string => `${type} [${dims}]`;
        contradictions.push(`${name}: output ${i} is ${shown(expected)}, not ${shown(known)}`);
      }
    }
  }
  console.log(`${all} outputs of ONNX's node tests: ${whole} known in full, ${contradictions.length} wrong`);
  expect(contradictions).toEqual([]);
  expect(whole).toBeGreaterThanOrEqual(KNOWN_IN_FULL);
});
