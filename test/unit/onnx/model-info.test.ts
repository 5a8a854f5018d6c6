import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelInfo } from '../../../dist/onnx/model-info.js';
import {
  bytes,
  float,
  floats,
  graph,
  int,
  model,
  node,
  tensor,
  tensorType,
  value,
  varint,
} from '../../support/onnx-writer.js';

const input = value('x', 'float32', ['batch', 3, null, 28]);
const output = value('y', 'float16', []);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enginery-model-info-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('readModelInfo', () => {
  it('gives inputs and outputs with symbolic, fixed and unknown dims', async () => {
    const info = await readModelInfo(
      model(
        graph({
          name: 'net',
          nodes: [node('Relu', ['x'], ['y'])],
          inputs: [input, value('z', 'int64')],
          outputs: [output],
        }),
      ),
    );
    expect(info).toMatchObject({ irVersion: 8, producer: 'enginery-test', graph: 'net', nodes: 1, functions: 0 });
    expect(info.inputs).toEqual([
      { name: 'x', kind: 'tensor', type: 'float32', dims: ['batch', 3, null, 28] },
      { name: 'z', kind: 'tensor', type: 'int64', dims: null },
    ]);
    expect(info.outputs).toEqual([{ name: 'y', kind: 'tensor', type: 'float16', dims: [] }]);
    expect(info.opsets).toEqual([{ domain: 'ai.onnx', version: 17 }]);
    expect(info.elementTypes).toEqual(['float16', 'float32', 'int64']);
  });

  it('takes a negative or empty dim as unknown', async () => {
    const info = await readModelInfo(model(graph({ inputs: [value('x', 'float32', [-1, '', 0])], outputs: [output] })));
    expect(info.inputs[0]?.dims).toEqual([null, null, 0]);
  });

  it('does not count inputs that are initializers', async () => {
    const weights = tensor({ name: 'w', type: 'float32', dims: [2, 3], data: Buffer.alloc(24) });
    const parts = { inputs: [value('w', 'float32', [2, 3]), input], outputs: [output], initializers: [weights] };
    const info = await readModelInfo(model(graph(parts)));
    expect(info.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(info).toMatchObject({ parameters: 6, weightBytes: 24 });
  });

  it('counts weights by type and shape, packed types too', async () => {
    const weights = [
      tensor({ name: 'a', type: 'float16', dims: [3], data: Buffer.alloc(6) }),
      tensor({ name: 'b', type: 'int4', dims: [3, 3], data: Buffer.alloc(5) }),
      tensor({ name: 'c', type: 'float32', dims: [] }),
      tensor({ name: 'd', type: 'float32', dims: [0, 7] }),
    ];
    const info = await readModelInfo(model(graph({ inputs: [input], outputs: [output], initializers: weights })));
    expect(info).toMatchObject({ parameters: 3 + 9 + 1, weightBytes: 6 + 5 + 4 });
    expect(info.elementTypes).toEqual(['float16', 'float32', 'int4']);
  });

  it('counts nodes and weights of subgraphs, functions and Constant nodes', async () => {
    const constant = node('Constant', [], ['k'], {
      value: { tensor: tensor({ type: 'int64', dims: [4], data: Buffer.alloc(32) }) },
    });
    const then = graph({ nodes: [constant], outputs: [value('k', 'int64', [4])] });
    const otherwise = graph({
      initializers: [tensor({ name: 'k', type: 'int64', dims: [4], data: Buffer.alloc(32) })],
      outputs: [value('k', 'int64', [4])],
    });
    const choose = node('If', ['c'], ['y'], { then_branch: { graph: then }, else_branch: { graph: otherwise } });
    const own = node('Twice', ['y'], ['z'], {}, { domain: 'mine' });
    const twice = Buffer.concat([bytes(1, 'Twice'), bytes(7, node('Add', ['a', 'a'], ['b'])), bytes(10, 'mine')]);
    const info = await readModelInfo(
      model(graph({ nodes: [choose, own], inputs: [value('c', 'bool', [])], outputs: [value('z', 'int64', [4])] }), {
        opsets: { mine: 1 },
        functions: [twice],
      }),
    );
    expect(info.operators).toEqual({ Add: 1, Constant: 1, If: 1, 'mine::Twice': 1 });
    expect(info).toMatchObject({ nodes: 4, functions: 1, parameters: 8, weightBytes: 64 });
    expect(info.opsets).toEqual([
      { domain: 'ai.onnx', version: 17 },
      { domain: 'mine', version: 1 },
    ]);
    // What goes in and out of a subgraph is no input of the model.
    expect(info.inputs.map(({ name }) => name)).toEqual(['c']);
  });

  it('counts sparse initializers: values as parameters, places as bytes only', async () => {
    const sparse = Buffer.concat([
      bytes(1, tensor({ name: 's', type: 'float32', dims: [2], data: floats([1, 2]) })),
      bytes(2, tensor({ type: 'int64', dims: [2], data: Buffer.alloc(16) })),
      int(3, 100),
    ]);
    const info = await readModelInfo(
      model(graph({ inputs: [input, value('s', 'float32', [100])], outputs: [output], sparse: [sparse] })),
    );
    expect(info).toMatchObject({ parameters: 2, weightBytes: 24 });
    expect(info.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('tells sequences, maps, optionals and sparse tensors from tensors', async () => {
    const element = tensorType('float32', [1]);
    const inputs = [
      value('sequence', bytes(4, bytes(1, element))),
      value('map', bytes(5, Buffer.concat([int(1, 7), bytes(2, element)]))),
      value('optional', bytes(9, bytes(1, element))),
      value('sparse', bytes(8, Buffer.concat([int(1, 11), bytes(2, bytes(1, int(1, 9)))]))),
    ];
    const info = await readModelInfo(model(graph({ inputs, outputs: [output] })));
    expect(info.inputs).toEqual([
      { name: 'sequence', kind: 'sequence', type: 'float32', dims: null },
      { name: 'map', kind: 'map', type: null, dims: null },
      { name: 'optional', kind: 'optional', type: 'float32', dims: null },
      { name: 'sparse', kind: 'sparse', type: 'float64', dims: [9] },
    ]);
  });

  it('sees the types that Cast and QuantizeLinear produce', async () => {
    const nodes = [
      node('Cast', ['x'], ['a'], { to: 16 }),
      node('QuantizeLinear', ['a', 's'], ['y'], { output_dtype: 17 }),
      node('Other', ['y'], ['z'], { to: 14 }, { domain: 'mine' }),
    ];
    const info = await readModelInfo(model(graph({ nodes, inputs: [input], outputs: [output] })));
    expect(info.elementTypes).toEqual(['bfloat16', 'float16', 'float32', 'float8e4m3fn']);
  });

  it('reads fields in any order, and a graph in several parts, as the format allows', async () => {
    const first = graph({ name: 'one', inputs: [input] });
    const second = graph({ name: 'two', outputs: [output] });
    const whole = Buffer.concat([bytes(8, int(2, 20)), bytes(7, first), bytes(7, second), int(1, 9)]);
    const info = await readModelInfo(whole);
    expect(info).toMatchObject({ irVersion: 9, graph: 'two', opsets: [{ domain: 'ai.onnx', version: 20 }] });
    expect(info.inputs).toHaveLength(1);
    expect(info.outputs).toHaveLength(1);
  });

  it('passes over fields that it does not know', async () => {
    const fixed64 = Buffer.concat([varint(1002 * 8 + 1), Buffer.alloc(8)]);
    const unknown = Buffer.concat([int(1000, -5), bytes(1001, 'x'), fixed64, float(1003, 1)]);
    const content = graph({
      nodes: [Buffer.concat([node('Relu', ['x'], ['y']), unknown])],
      inputs: [input],
      outputs: [output],
    });
    const info = await readModelInfo(Buffer.concat([unknown, model(Buffer.concat([content, unknown])), unknown]));
    expect(info).toMatchObject({ nodes: 1, operators: { Relu: 1 } });
  });

  it('reads packed and single numbers alike', async () => {
    const packed = Buffer.concat([bytes(1, Buffer.concat([varint(2), varint(300)])), int(2, 1), bytes(8, 'w')]);
    const info = await readModelInfo(model(graph({ inputs: [input], outputs: [output], initializers: [packed] })));
    expect(info.parameters).toBe(600);
  });

  it('reads from a file what it reads from bytes, whatever lies between', async () => {
    const nodes = Array.from({ length: 300 }, (_, i) => node('Relu', [`x${i}`], [`x${i + 1}`]));
    const sizes = [1, 70_000, 300_000, 5, 1_000_000, 2_000_000, 65_536];
    const initializers = sizes.map((n) =>
      tensor({ name: `w${n}`, type: 'uint8', dims: [n], data: Buffer.alloc(n, 0xff) }),
    );
    const content = model(graph({ nodes, initializers, inputs: [input], outputs: [output] }));
    const path = join(folder, 'model.onnx');
    await writeFile(path, content);
    const info = await readModelInfo(path);
    expect(info).toEqual(await readModelInfo(content));
    expect(info).toMatchObject({ nodes: 300, weightBytes: sizes.reduce((a, b) => a + b), bytes: content.length });
  });
});
