// @module-tag element-types
/** Every element type through ONNX Runtime on the CPU: what it takes comes back unchanged, what it does not is named. */
import { describe, expect, it } from 'vitest';
import { createSession } from '../../dist/session/create-session.js';
import type { Session } from '../../dist/session/session.js';
import { ELEMENT_TYPES, type ElementType } from '../../dist/tensor/element-type.js';
import { decodeElements, encodeElements } from '../../dist/tensor/elements.js';
import type { TensorData } from '../../dist/tensor/storage.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { bytes, graph, int, model, node, tensorType, value } from '../support/onnx-writer.js';

const LATEST = { opset: 25, irVersion: 12 };
const COUNT = 5; // of packed types, the last byte has room

const bits8 = Uint8Array.of(0, 1, 0x7f, 0x80, 0xff);
const bits16 = Uint16Array.of(0, 1, 0x7c01, 0x8000, 0xffff);
const bits4 = Uint8Array.of(0x10, 0xf8, 0x07);
const bits2 = Uint8Array.of(0b11100100, 0b10);

const SAMPLES: Readonly<Record<ElementType, TensorData>> = {
  float32: Float32Array.of(1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45),
  float64: Float64Array.of(1.5, -0, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324),
  float16: bits16,
  bfloat16: bits16,
  float8e4m3fn: bits8,
  float8e4m3fnuz: bits8,
  float8e5m2: bits8,
  float8e5m2fnuz: bits8,
  float8e8m0: bits8,
  float4e2m1: bits4,
  int2: bits2,
  uint2: bits2,
  int4: bits4,
  uint4: bits4,
  int8: Int8Array.of(0, 1, -1, 127, -128),
  uint8: bits8,
  int16: Int16Array.of(0, 1, -1, 32767, -32768),
  uint16: bits16,
  int32: Int32Array.of(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)),
  uint32: Uint32Array.of(0, 1, 2, 2 ** 31, 2 ** 32 - 1),
  int64: BigInt64Array.of(0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)),
  uint64: BigUint64Array.of(0n, 1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n),
  bool: Uint8Array.of(0, 1, 1, 0, 1),
  string: ['', 'größer', 'a\0b', '🙂', ' '],
  complex64: new Float32Array(2 * COUNT),
  complex128: new Float64Array(2 * COUNT),
};
const TYPES = Object.keys(ELEMENT_TYPES) as ElementType[];
const NO_IDENTITY: readonly ElementType[] = ['int2', 'uint2', 'int4', 'uint4', 'float4e2m1', 'float8e8m0'];
const NOT_AT_ALL: readonly ElementType[] = ['complex64', 'complex128'];
const without = (...lists: (readonly ElementType[])[]): ElementType[] =>
  TYPES.filter((type) => !lists.flat().includes(type));

function identity(type: ElementType): Buffer {
  return oneNode(node('Identity', ['x'], ['y']), type, type);
}

function oneNode(content: Buffer, input: ElementType, output: ElementType): Buffer {
  const parts = { inputs: [value('x', input, ['n'])], outputs: [value('y', output, ['n'])] };
  return model(graph({ nodes: [content], ...parts }), LATEST);
}

async function using<T>(content: Buffer, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await createSession(content, { backend: 'cpu' });
  try {
    return await use(session);
  } finally {
    await session.dispose();
  }
}

describe('Identity', () => {
  it.each(without(NO_IDENTITY, NOT_AT_ALL))('gives %s back unchanged', (type) =>
    using(identity(type), async (session) => {
      const x = new Tensor(type, SAMPLES[type], [COUNT]);
      expect(session.inputs).toEqual([{ name: 'x', kind: 'tensor', type, dims: ['n'] }]);
      expect({ ...(await session.run({ x })).y }).toEqual({ ...x });
    }),
  );

  it.each(NO_IDENTITY)('is refused for %s, which is named', async (type) => {
    await expect(createSession(identity(type), { backend: 'cpu' })).rejects.toMatchObject({
      code: 'ENGINERY_SESSION_FAILED',
      message: expect.stringMatching(new RegExp(`Identity_y.*\\b${type}\\b`)),
    });
  });

  it.each(NOT_AT_ALL)('is refused for %s, as everything is', async (type) => {
    await expect(createSession(identity(type), { backend: 'cpu' })).rejects.toMatchObject({
      code: 'ENGINERY_SESSION_FAILED',
      message: expect.stringContaining(type),
    });
  });
});

it.each(NO_IDENTITY)('%s goes in and out where no operator touches it', (type) => {
  const a = value('a', 'float32', [1]);
  const content = graph({
    nodes: [node('Identity', ['a'], ['b'])],
    inputs: [value('x', type, ['n']), a],
    outputs: [value('x', type, ['n']), value('b', 'float32', [1])],
  });
  return using(model(content, LATEST), async (session) => {
    const x = new Tensor(type, SAMPLES[type], [COUNT]);
    const results = await session.run({ x, a: new Tensor('float32', new Float32Array(1), [1]) });
    expect({ ...results.x }).toEqual({ ...x });
  });
});

// Numbers that every one of these types holds: the runtime and this package agree on how they are stored.
it.each<[ElementType, number[]]>([
  ['float16', [0.5, -2, 65504]],
  ['bfloat16', [0.5, -2, 2 ** 100]],
  ['float8e4m3fn', [0.5, -2, 448]],
  ['float8e4m3fnuz', [0.5, -2, 240]],
  ['float8e5m2', [0.5, -2, 57344]],
  ['float8e5m2fnuz', [0.5, -2, 57344]],
  ['int4', [1, -8, 7]],
  ['uint4', [1, 8, 15]],
  ['int2', [1, -2, -1]],
  ['uint2', [1, 2, 3]],
  ['bool', [1, 0, 1]],
])('Cast reads and writes %s as this package does', async (type, numbers) => {
  const cast = (to: ElementType): Buffer => node('Cast', ['x'], ['y'], { to: ELEMENT_TYPES[to].onnx });
  const elements = new Tensor(type, encodeElements(type, numbers), [3]);
  const floats = new Tensor('float32', Float32Array.from(numbers), [3]);
  await using(oneNode(cast('float32'), type, 'float32'), async (session) => {
    expect({ ...(await session.run({ x: elements })).y }).toEqual({ ...floats });
  });
  await using(oneNode(cast(type), 'float32', type), async (session) => {
    const { y } = await session.run({ x: floats });
    // What stands in the padding is the runtime's business.
    expect(decodeElements(type, (y as Tensor).data, 3)).toEqual(floats.data);
  });
});

describe('values that are no tensors', () => {
  const sequenceOf = (element: Buffer): Buffer => bytes(4, bytes(1, element));
  const mapOf = (key: ElementType, of: Buffer): Buffer =>
    bytes(5, Buffer.concat([int(1, ELEMENT_TYPES[key].onnx), bytes(2, of)]));
  const x = new Tensor('float32', Float32Array.of(1, 2), [1, 2]);

  it.each<[string, Buffer]>([
    [
      'a sequence',
      graph({
        nodes: [node('SequenceConstruct', ['x'], ['scores'])],
        inputs: [value('x', 'float32', [1, 2])],
        outputs: [value('scores', sequenceOf(tensorType('float32', null)))],
      }),
    ],
    [
      'a sequence of maps, as classifiers of scikit-learn give',
      graph({
        nodes: [node('ZipMap', ['x'], ['scores'], { classlabels_int64s: [3, 7] }, { domain: 'ai.onnx.ml' })],
        inputs: [value('x', 'float32', [1, 2])],
        outputs: [value('scores', sequenceOf(mapOf('int64', tensorType('float32', []))))],
      }),
    ],
  ])('%s as an output is refused by name', (_what, content) =>
    using(model(content, { opsets: { 'ai.onnx.ml': 3 } }), async (session) => {
      expect(session.outputs).toEqual([{ name: 'scores', kind: 'sequence', type: null, dims: null }]);
      await expect(session.run({ x })).rejects.toMatchObject({
        code: 'ENGINERY_RUN_FAILED',
        message: 'Output "scores" is a value of kind sequence, which is not supported.',
        details: { subject: 'scores' },
      });
    }),
  );

  it('a map as an input is refused by name', () => {
    const content = graph({
      nodes: [node('CastMap', ['m'], ['y'], {}, { domain: 'ai.onnx.ml' })],
      inputs: [value('m', mapOf('int64', tensorType('float32', [])))],
      outputs: [value('y', 'float32', [1, null])],
    });
    return using(model(content, { opsets: { 'ai.onnx.ml': 3 } }), async (session) => {
      await expect(session.run({ m: x })).rejects.toMatchObject({
        code: 'ENGINERY_INVALID_FEED',
        message: 'Input "m" is a map: only tensors can be fed',
      });
    });
  });
});
