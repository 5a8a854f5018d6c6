import { describe, expect, it } from 'vitest';
import { bindDims } from '../../../dist/analysis/bind-dims.js';
import { inferShapes } from '../../../dist/analysis/infer-shapes.js';
import type { Known } from '../../../dist/analysis/known.js';
import type { Dim } from '../../../dist/onnx/model-info.js';
import { readGraph } from '../../../dist/onnx/read-graph.js';
import { graph, node, value } from '../../support/onnx-writer.js';
import { one, type Parts, small, type Typed, whole } from '../../support/small-models.js';

/** What is known of the values of a model, with names for the dims that it leaves open. */
async function infer(model: Buffer): Promise<Map<string, Known>> {
  const onnx = await readGraph(model);
  const bound = bindDims(onnx.graph.inputs, new Map());
  const shapes = new Map(onnx.graph.inputs.map(({ name, dims }) => [name, dims]));
  const nodes = await inferShapes(onnx, { ...bound, shapes, names: new Map() });
  return new Map(nodes.flatMap(({ node, outputs }) => node.outputs.map((name, i) => [name, outputs[i] as Known])));
}

async function dimsOf(model: Buffer, name = 'y'): Promise<readonly Dim[] | null | undefined> {
  return (await infer(model)).get(name)?.dims;
}

const f = (...dims: (number | string | null)[]): Typed => ['float32', dims];
const x = { x: f('batch', 3, 'height', 8) };

describe('names of dims', () => {
  it('go through Shape, Gather, Concat and Reshape', async () => {
    const nodes = [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'zero'], ['n']),
      node('Concat', ['n', 'rest'], ['target'], { axis: 0 }),
      node('Reshape', ['x', 'target'], ['y']),
    ];
    const weights = { zero: whole(0), rest: whole(-1) };
    expect(await dimsOf(small(nodes, { inputs: { x: f('batch', 3, 4, 8) }, weights }))).toEqual(['batch', 96]);
    // Of a height that is open, batch and all, the product is.
    expect(await dimsOf(small(nodes, { inputs: x, weights }))).toEqual(['batch', null]);
  });

  it('go through Slice of a shape, Unsqueeze and ConstantOfShape', async () => {
    const nodes = [
      node('Shape', ['x'], ['shape']),
      node('Slice', ['shape', 'from', 'to'], ['middle']),
      node('ConstantOfShape', ['middle'], ['y']),
    ];
    const weights = { from: whole(2), to: whole(2 ** 31) };
    expect(await dimsOf(small(nodes, { inputs: x, weights }))).toEqual(['height', 8]);
  });

  it('go through the way in which PyTorch writes expand()', async () => {
    const nodes = [
      node('Shape', ['x'], ['shape']),
      node('Equal', ['wanted', 'minus'], ['keep']),
      node('Where', ['keep', 'one', 'wanted'], ['target']),
      node('Expand', ['x', 'target'], ['y']),
    ];
    const weights = { wanted: whole(5, -1, -1, -1, -1), minus: whole(-1), one: whole(1, 1, 1, 1, 1) };
    expect(await dimsOf(small(nodes, { inputs: x, weights }))).toEqual([5, 'batch', 3, 'height', 8]);
  });

  it('stay where a Reshape leaves one dim over', async () => {
    const weights = (...to: number[]): Parts => ({ inputs: x, weights: { to: whole(...to) } });
    expect(await dimsOf(one('Reshape', {}, weights(0, 0, -1, 4)))).toEqual(['batch', 3, null, 4]);
    expect(
      await dimsOf(one('Reshape', {}, { inputs: { x: f('batch', 1, 1) }, weights: { to: whole(-1, 1) } })),
    ).toEqual(['batch', 1]);
  });

  it('stay in broadcasts, where another size is not 1', async () => {
    const add = (a: Typed, b: Typed): Promise<readonly Dim[] | null | undefined> =>
      dimsOf(one('Add', {}, { inputs: { a, b } }));
    expect(await add(f('n', 3), f(1, 3))).toEqual(['n', 3]);
    expect(await add(f('n', 3), f('n', 1))).toEqual(['n', 3]);
    expect(await add(f('n', 3), f('m', 3))).toEqual([null, 3]);
    expect(await add(f('n', 3), f(4, 3))).toEqual([4, 3]);
    expect(await add(f('n'), f(2, 1))).toEqual([2, 'n']);
  });

  it('are not followed where a convolution computes with them', async () => {
    const conv = one('Conv', {}, { inputs: { ...x, w: f(4, 3, 3, 3) } });
    expect(await dimsOf(conv)).toEqual(['batch', 4, null, 6]);
  });
});

describe('subgraphs', () => {
  const branch = (operator: string, attributes = {}): { graph: Buffer } => ({
    graph: graph({ nodes: [node(operator, ['x'], ['z'], attributes)], outputs: [value('z', 'float32', null)] }),
  });
  const choice = (otherwise: { graph: Buffer }): Buffer =>
    small([node('If', ['c'], ['y'], { then_branch: branch('Relu'), else_branch: otherwise })], {
      inputs: { c: ['bool', []], x: f(2, 3) },
    });

  it('give what both branches of an If agree in', async () => {
    expect(await dimsOf(choice(branch('Neg')))).toEqual([2, 3]);
    expect(await dimsOf(choice(branch('ReduceSum')))).toEqual([null, null]);
    expect(await dimsOf(choice(branch('ReduceSum', { keepdims: 0 })))).toBeNull();
  });

  it('of a Loop say nothing of its outputs', async () => {
    const body = graph({
      nodes: [node('Identity', ['go'], ['on']), node('Concat', ['before', 'before'], ['after'], { axis: 0 })],
      inputs: [value('i', 'int64', []), value('go', 'bool', []), value('before', 'float32', null)],
      outputs: [value('on', 'bool', []), value('after', 'float32', null)],
    });
    const loop = small([node('Loop', ['times', 'yes', 'x'], ['y'], { body: { graph: body } })], {
      inputs: { times: ['int64', []], yes: ['bool', []], x: f(2) },
    });
    expect(await dimsOf(loop)).toBeNull();
  });
});

describe('what the file says', () => {
  it('holds for what no rule knows', async () => {
    const own = node('Own', ['x'], ['y'], {}, { domain: 'mine' });
    expect(await dimsOf(small([own], { outputs: { y: f('batch', 10) } }))).toEqual(['batch', 10]);
  });

  it('fills in what a rule leaves open, and does not overrule it', async () => {
    const parts = (dims: readonly (number | string)[]): Parts => ({ inputs: x, outputs: { y: f(...dims) } });
    const conv = [node('Conv', ['x', 'w'], ['y'])];
    const weights = { w: ['float32', [4, 3, 3, 3], Buffer.alloc(432)] } as const;
    expect(await dimsOf(small(conv, { ...parts(['b', 4, 'rows', 6]), weights }))).toEqual(['b', 4, 'rows', 6]);
    expect(await dimsOf(small(conv, { ...parts(['b', 5, 'rows', 7]), weights }))).toEqual(['b', 4, 'rows', 6]);
    expect(await dimsOf(small(conv, { ...parts(['b', 4]), weights }))).toEqual(['batch', 4, null, 6]);
  });

  it('of nonsense is nonsense, and no error', async () => {
    expect(await dimsOf(one('Transpose', { perm: [0, 1, 7] }, { inputs: { x: f(1, 2, 3) } }))).toEqual([1, 2, null]);
    expect(await dimsOf(one('Conv', { strides: [0, 0] }, { inputs: { ...x, w: f(4, 3, 3, 3) } }))).toEqual([
      'batch',
      4,
      null,
      null,
    ]);
    expect(await dimsOf(one('ConstantOfShape', {}, { inputs: {}, weights: { shape: whole(2, -3) } }))).toEqual([
      2,
      null,
    ]);
    expect(await dimsOf(one('Squeeze', {}, { inputs: { x: f(1, 2) }, weights: { axes: whole(5) } }))).toBeNull();
    expect(await dimsOf(one('Reshape', {}, { inputs: { x: f(2) }, weights: { to: whole(-1, -1) } }))).toEqual([
      null,
      null,
    ]);
    expect(await dimsOf(one('Relu', {}, { inputs: { x: f(...Array(17).fill(1)) } }))).toBeNull();
    expect(await dimsOf(small([node('Relu', ['nowhere'], ['y'])]))).toBeNull();
    expect(await dimsOf(small([node('Relu', [], ['y'])]))).toBeNull();
  });
});
