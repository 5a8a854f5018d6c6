import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineryError } from '../../../dist/errors.js';
import type { Attribute, Initializer } from '../../../dist/onnx/graph.js';
import { readGraph } from '../../../dist/onnx/read-graph.js';
import * as models from '../../support/models.js';
import { depthBomb, mutate } from '../../support/mutations.js';
import { bytes, floats, graph, int, model, node, tensor, value, varint } from '../../support/onnx-writer.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enginery-graph-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function failure(of: Promise<unknown>): Promise<EngineryError> {
  const error = await of.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineryError);
  return error as EngineryError;
}

/** An initializer with the given fields of TensorProto. */
async function stored(content: Buffer): Promise<Initializer> {
  const { graph: read } = await readGraph(model(graph({ initializers: [content] })));
  return read.initializers[0] as Initializer;
}

const packed = (field: number, values: readonly (number | bigint)[]): Buffer =>
  bytes(field, Buffer.concat(values.map(varint)));

describe('readGraph', () => {
  it('reads nodes, values and initializers of a model', async () => {
    const { opsets, graph: digits, functions, producer } = await readGraph('examples/digits/digits.onnx');
    expect(opsets.map(({ domain }) => domain)).toContain('');
    expect(producer).not.toBe('');
    expect(functions).toEqual([]);
    expect(digits.inputs).toEqual([{ name: 'image', kind: 'tensor', type: 'float32', dims: ['batch', 1, 28, 28] }]);
    expect(digits.nodes.map(({ operator }) => operator)).toEqual(
      expect.arrayContaining(['Conv', 'Relu', 'MaxPool', 'Gemm']),
    );
    const weights = digits.initializers.reduce((sum, it) => sum + it.bytes, 0);
    expect(weights).toBeGreaterThan(100_000);
  });

  it('gives attributes by their kind', async () => {
    const body = graph({ nodes: [node('Identity', ['x'], ['z'])], outputs: [value('z', 'float32', [1])] });
    const constant = tensor({ name: 'c', type: 'float32', dims: [1], data: floats([2]) });
    const attributes = {
      axis: -1,
      alpha: { float: 0.5 },
      mode: 'linear',
      pads: [1, 0, -1],
      value: { tensor: constant },
      body: { graph: body },
    };
    const { graph: read } = await readGraph(model(graph({ nodes: [node('Some', ['a', '', 'b'], ['y'], attributes)] })));
    const some = read.nodes[0];
    expect(some).toMatchObject({
      name: 'Some_y',
      operator: 'Some',
      domain: '',
      inputs: ['a', '', 'b'],
      outputs: ['y'],
    });
    const kinds = [...(some?.attributes ?? [])].map(([name, { kind }]) => [name, kind]);
    expect(Object.fromEntries(kinds)).toEqual({
      axis: 'int',
      alpha: 'float',
      mode: 'string',
      pads: 'ints',
      value: 'tensor',
      body: 'graph',
    });
    expect(some?.attributes.get('axis')).toEqual({ kind: 'int', value: -1 });
    expect(some?.attributes.get('alpha')).toEqual({ kind: 'float', value: 0.5 });
    expect(some?.attributes.get('pads')).toEqual({ kind: 'ints', value: [1, 0, -1] });
    const inner = some?.attributes.get('body') as Extract<Attribute, { kind: 'graph' }>;
    expect(inner.value.nodes[0]).toMatchObject({ operator: 'Identity', inputs: ['x'] });
  });

  it('reads packed lists of numbers, long ones too', async () => {
    const count = 100_000;
    const ints = Buffer.concat([
      bytes(1, 'a'),
      packed(
        8,
        Array.from({ length: count }, (_, i) => i - 5),
      ),
      int(20, 7),
    ]);
    const list = Buffer.concat([bytes(1, 'b'), bytes(7, floats([0.25, -3])), int(20, 6)]);
    const content = Buffer.concat([bytes(4, 'Some'), bytes(5, ints), bytes(5, list)]);
    const { graph: read } = await readGraph(model(graph({ nodes: [content] })));
    const a = read.nodes[0]?.attributes.get('a') as Extract<Attribute, { kind: 'floats' | 'ints' }>;
    expect(a.value).toHaveLength(count);
    expect(a.value.slice(0, 2)).toEqual([-5, -4]);
    expect(a.value.at(-1)).toBe(count - 6);
    expect(read.nodes[0]?.attributes.get('b')).toEqual({ kind: 'floats', value: [0.25, -3] });
  });

  it('leaves a very long text unread', async () => {
    const { graph: read } = await readGraph(
      model(graph({ nodes: [node('Some', [], ['y'], { blob: 'x'.repeat(100_000), axis: 1 })] })),
    );
    expect(read.nodes[0]?.attributes.get('blob')).toEqual({ kind: 'other' });
    expect(read.nodes[0]?.attributes.get('axis')).toEqual({ kind: 'int', value: 1 });
  });

  it('tells inputs from initializers, and normalizes the domain of ONNX', async () => {
    const content = graph({
      nodes: [
        node('Relu', ['x'], ['y'], {}, { domain: 'ai.onnx' }),
        node('Own', ['y'], ['z'], {}, { domain: 'com.me' }),
      ],
      inputs: [value('x', 'float32', ['n']), value('w', 'float32', [1])],
      initializers: [tensor({ name: 'w', type: 'float32', dims: [1], data: floats([1]) })],
    });
    const read = await readGraph(model(content));
    expect(read.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(read.graph.nodes.map(({ domain }) => domain)).toEqual(['', 'com.me']);
  });

  it('fails as readModelInfo does', async () => {
    expect(await failure(readGraph(join(folder, 'absent.onnx')))).toMatchObject({ code: 'ENGINERY_FILE_NOT_FOUND' });
    expect((await failure(readGraph(Buffer.from('version https://git-lfs.github.com')))).message).toMatch(/Git LFS/);
    const digits = await readFile('examples/digits/digits.onnx');
    expect(await failure(readGraph(digits.subarray(0, 5000)))).toMatchObject({ code: 'ENGINERY_INVALID_MODEL' });
    expect((await failure(readGraph(depthBomb(60)))).message).toMatch(/nested more than 100 deep/);
    const outside = tensor({ name: 'w', type: 'float32', dims: [4], external: { location: '../w.bin' } });
    const path = join(folder, 'outside.onnx');
    await writeFile(path, model(graph({ initializers: [outside] })));
    expect(await failure(readGraph(path))).toMatchObject({ code: 'ENGINERY_EXTERNAL_DATA' });
  });

  it('refuses a file that would fill the memory', async () => {
    const error = await failure(readGraph(model(Buffer.alloc(4_000_000, Buffer.from([0x0a, 0x00])))));
    expect(error).toMatchObject({ code: 'ENGINERY_INVALID_MODEL' });
    expect(error.message).toMatch(/more nodes, values and attributes/);
  });

  it('answers or raises an error of ours, whatever is broken', async () => {
    const good = [
      await readFile('examples/digits/digits.onnx'),
      models.int8Qdq(),
      models.nestedIfs(5),
      models.int4(),
      models.multiInput(),
    ];
    for (let seed = 0; seed < 1500; seed++) {
      const error = await readGraph(mutate(good, seed)).then(async ({ graph: read }) => {
        for (const it of read.initializers) await it.read().catch(onlyOurs);
      }, onlyOurs);
      expect(error).toBeUndefined();
    }
  });
});

function onlyOurs(error: unknown): void {
  if (!(error instanceof EngineryError)) throw error;
  if (error.code === 'ENGINERY_INTERNAL') throw error;
}

describe('an initializer', () => {
  const float4 = { name: 'w', type: 'float32', dims: [2, 2] } as const;

  it('reads raw values of bytes and of a file', async () => {
    const data = floats([1, 2, 3, 4]);
    const content = model(graph({ initializers: [tensor({ ...float4, data })] }));
    const path = join(folder, 'raw.onnx');
    await writeFile(path, content);
    for (const from of [content, path]) {
      const [weight] = (await readGraph(from)).graph.initializers;
      expect(weight).toMatchObject({ name: 'w', type: 'float32', dims: [2, 2], bytes: 16, external: false });
      expect(Buffer.from((await weight?.read()) ?? [])).toEqual(data);
    }
  });

  it('converts the typed fields, packed or not', async () => {
    const head = (type: Parameters<typeof tensor>[0]['type'], dims: number[]) => tensor({ name: 'w', type, dims });
    const cases: [Buffer, ArrayBufferView][] = [
      [Buffer.concat([head('float32', [2]), bytes(4, floats([1.5, -2]))]), new Float32Array([1.5, -2])],
      [Buffer.concat([head('int32', [3]), packed(5, [1, -1, 2 ** 31 - 1])]), new Int32Array([1, -1, 2 ** 31 - 1])],
      [Buffer.concat([head('int32', [2]), int(5, 7), int(5, -7)]), new Int32Array([7, -7])],
      [Buffer.concat([head('int8', [3]), packed(5, [1, -1, -128])]), new Int8Array([1, -1, -128])],
      [Buffer.concat([head('float16', [2]), packed(5, [0x3c00, 0xbc00])]), new Uint16Array([0x3c00, 0xbc00])],
      [Buffer.concat([head('bool', [2]), packed(5, [1, 0])]), new Uint8Array([1, 0])],
      [Buffer.concat([head('int4', [3]), packed(5, [0x21, 0x03])]), new Uint8Array([0x21, 0x03])],
      [
        Buffer.concat([head('int64', [4]), packed(7, [1n, -1n, 2n ** 62n + 1n, -(2n ** 63n)])]),
        new BigInt64Array([1n, -1n, 2n ** 62n + 1n, -(2n ** 63n)]),
      ],
      [Buffer.concat([head('uint64', [1]), packed(11, [2n ** 64n - 1n])]), new BigUint64Array([2n ** 64n - 1n])],
      [Buffer.concat([head('uint32', [1]), packed(11, [2 ** 32 - 1])]), new Uint32Array([2 ** 32 - 1])],
      [
        Buffer.concat([head('float64', [1]), bytes(10, Buffer.from(new Float64Array([0.1]).buffer))]),
        new Float64Array([0.1]),
      ],
    ];
    for (const [content, expected] of cases) {
      const read = await (await stored(content)).read();
      expect(Buffer.from(read)).toEqual(Buffer.from(expected.buffer, expected.byteOffset, expected.byteLength));
    }
  });

  it('says when values are missing, too many or have no size', async () => {
    const messages: [Buffer, RegExp][] = [
      [tensor(float4), /0 bytes for tensor 'w': float32 \[2, 2\] needs 16/],
      [Buffer.concat([tensor(float4), bytes(4, floats([1]))]), /4 bytes for tensor 'w'/],
      [tensor({ name: 'w', type: 'int64', dims: [2 ** 40] }), /0 bytes of numbers for tensor 'w'/],
      [
        Buffer.concat([tensor({ name: 'w', type: 'int32', dims: [1] }), packed(5, [1, 2])]),
        /more numbers for tensor 'w'/,
      ],
      [Buffer.concat([tensor({ name: 'w', type: 'int32', dims: [2] }), packed(5, [300])]), /1 numbers for tensor 'w'/],
      [Buffer.concat([tensor({ name: 'w', type: 'int32', dims: [1] }), bytes(5, Buffer.from([128, 128]))]), /damaged/],
      [tensor({ name: 'w', type: 'string', dims: [1] }), /tensor 'w' holds strings/],
    ];
    for (const [content, message] of messages) {
      expect((await failure((await stored(content)).read())).message).toMatch(message);
    }
  });

  it('reads external data, and notices that it has become shorter', async () => {
    const path = join(folder, 'external.onnx');
    const external = { location: 'weights.bin', offset: 8, length: 16 };
    await writeFile(path, model(graph({ initializers: [tensor({ ...float4, external })] })));
    await writeFile(join(folder, 'weights.bin'), Buffer.concat([Buffer.alloc(8), floats([1, 2, 3, 4])]));
    const [weight] = (await readGraph(path)).graph.initializers;
    expect(weight).toMatchObject({ bytes: 16, external: true });
    expect(Buffer.from((await weight?.read()) ?? [])).toEqual(floats([1, 2, 3, 4]));
    await truncate(join(folder, 'weights.bin'), 20);
    expect(await failure(weight?.read() ?? Promise.resolve())).toMatchObject({ code: 'ENGINERY_EXTERNAL_DATA' });
  });
});
