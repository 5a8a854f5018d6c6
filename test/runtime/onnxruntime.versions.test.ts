// @module-tag versions
// @module-tag cpu
/** The oldest and the newest ONNX Runtime, all in one process: models run as with the one that the other tests use. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, type TestContext, test, vi } from 'vitest';
import { createSession, type Session, type SessionOptions, setupLibrary, Tensor } from '../../dist/index.js';
import { findLibraries } from '../../dist/libraries/find.js';
import { ELEMENT_TYPES, type ElementType } from '../../dist/tensor/element-type.js';
import { decodeElements, encodeElements } from '../../dist/tensor/elements.js';
import { command, ROOT } from '../support/commands.js';
import { heavyModel } from '../support/heavy-model.js';
import { fp16 } from '../support/models.js';
import { graph, model, node, value } from '../support/onnx-writer.js';
import { float, one, type Parts, scalar, small } from '../support/small-models.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const VARIABLE = 'ENGINERY_ONNXRUNTIME_LIBRARY';
/** The ONNX Runtime of the package `onnxruntime-node`, 1.30. */
const USUAL = join(ROOT, 'node_modules/onnxruntime-node/bin/napi-v6', process.platform, process.arch);

async function open(content: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const session = await createSession(content, { backend: 'onnxruntime-native', ...options });
  onTestFinished(() => session.dispose());
  return session;
}

function openWith(library: string, content: string | Uint8Array): Promise<Session> {
  vi.stubEnv(VARIABLE, library);
  return open(content);
}

const waves = (dims: readonly number[]): Float32Array =>
  Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i / 7));
const square = (n: number): Tensor => new Tensor('float32', new Float32Array(n * n).fill(1 / n), [n, n]);

/** From one type to another; the opset is the first with 4-bit integers. */
const convert = (operator: string, input: ElementType, output: ElementType, weights: Parts['weights'] = {}): Buffer =>
  one(operator, {}, { inputs: { x: [input, ['n']] }, weights, outputs: { y: [output, ['n']] }, opset: 21 });

/** Gives back `x`, which no operator touches. */
const untouched = (type: ElementType): Buffer =>
  small([node('Identity', ['a'], ['b'])], {
    inputs: { x: [type, ['n']], a: ['float32', [1]] },
    outputs: { x: [type, ['n']], b: ['float32', [1]] },
    opset: 21,
  });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(inject('onnxRuntimes'))('ONNX Runtime $version', ({ version, path }) => {
  beforeEach(() => {
    vi.stubEnv(VARIABLE, path);
  });

  test('classifies digits as the usual one does, and says what the model is', async () => {
    const usual = await openWith(USUAL, DIGITS);
    const session = await openWith(path, DIGITS);
    expect(session.backend).toMatchObject({ implementation: 'native', version, library: path });
    expect(usual.backend.version).toBe('1.30.0');
    expect(session.inputs).toEqual([{ name: 'image', kind: 'tensor', type: 'float32', dims: ['batch', 1, 28, 28] }]);
    expect(session.outputs).toEqual([{ name: 'logits', kind: 'tensor', type: 'float32', dims: ['batch', 10] }]);
    const dims = [5, 1, 28, 28];
    const image = new Tensor('float32', waves(dims).map(Math.abs), dims);
    const [ours, expected] = (await Promise.all([session.run({ image }), usual.run({ image })])).map(
      ({ logits }) => logits as Tensor,
    ) as [Tensor, Tensor];
    expect(ours.dims).toEqual([5, 10]);
    const scores = [...(ours.data as Float32Array)];
    for (const [i, score] of (expected.data as Float32Array).entries()) expect(scores[i]).toBeCloseTo(score, 4);
  });

  test('computes in float16 as the usual one does', async () => {
    const dims = [2, 1, 8, 8];
    const x = new Tensor('float16', encodeElements('float16', [...waves(dims)]), dims);
    const [ours, usual] = [await open(fp16()), await openWith(USUAL, fp16())];
    const [a, b] = (await Promise.all([ours.run({ x }), usual.run({ x })])).map(({ y }) => y as Tensor) as [
      Tensor,
      Tensor,
    ];
    expect(a.dims).toEqual([2, 4, 6, 6]);
    const elements = [...decodeElements('float16', a.data, 288)];
    for (const [i, expected] of decodeElements('float16', b.data, 288).entries()) {
      expect(elements[i]).toBeCloseTo(expected, 2);
    }
  });

  test.each([
    new Tensor('string', ['', 'größer', 'a\0b', '🙂'], [4]),
    new Tensor('int64', BigInt64Array.of(0n, -1n, 2n ** 63n - 1n), [3]),
    new Tensor('uint64', BigUint64Array.of(0n, 2n ** 64n - 1n), [2]),
    new Tensor('float16', Uint16Array.of(0, 1, 0x7c01, 0x8000), [4]),
    new Tensor('bfloat16', Uint16Array.of(0, 1, 0x7fc1, 0x8000), [4]),
    new Tensor('float8e5m2', Uint8Array.of(0, 1, 0x7f, 0x80), [4]),
    new Tensor('bool', Uint8Array.of(0, 1, 1), [3]),
  ])('gives back $type', async (x) => {
    const session = await open(convert('Identity', x.type, x.type));
    expect({ ...(await session.run({ x })).y }).toEqual({ ...x });
  });

  test.each<[ElementType, number[]]>([
    ['int4', [1, -8, 7]],
    ['uint4', [1, 8, 15]],
  ])('quantizes to %s and back', async (type, numbers) => {
    const elements = new Tensor(type, encodeElements(type, numbers), [3]);
    const floats = new Tensor('float32', Float32Array.from(numbers), [3]);
    const from = await open(convert('DequantizeLinear', type, 'float32', { scale: float(1) }));
    expect({ ...(await from.run({ x: elements })).y }).toEqual({ ...floats });
    const to = await open(convert('QuantizeLinear', 'float32', type, { scale: float(1), zero: scalar(type, 0) }));
    const { y } = await to.run({ x: floats });
    expect(decodeElements(type, (y as Tensor).data, 3)).toEqual(floats.data);
  });

  // The numbers that ONNX Runtime gives to these differ from ONNX's, and from release to release.
  test.each<ElementType>(['float4e2m1', 'uint2', 'int2', 'float8e8m0'])(
    'knows %s, or says that it does not',
    async (type) => {
      if (version === '1.20.0') {
        const message = expect.stringContaining(`Invalid tensor data type ${ELEMENT_TYPES[type].onnx}`);
        await expect(open(untouched(type))).rejects.toMatchObject({ code: 'ENGINERY_SESSION_FAILED', message });
        return;
      }
      const session = await open(untouched(type));
      expect(session.inputs[0]).toEqual({ name: 'x', kind: 'tensor', type, dims: ['n'] });
      const x = new Tensor(type, encodeElements(type, [1, 1, 1, 1]), [4]);
      const results = await session.run({ x, a: new Tensor('float32', new Float32Array(1), [1]) });
      expect({ ...results.x }).toEqual({ ...x });
    },
  );

  test('stops a run that is aborted, and goes on', async () => {
    const session = await open(heavyModel(1000), { maxConcurrent: 1 });
    await session.run({ x: square(256) });
    const running = session.run({ x: square(256) }, { timeout: 20 });
    await expect(running).rejects.toMatchObject({ name: 'TimeoutError' });
    await session.run({ x: square(8) });
    // It waited for the end of the one before.
    const { queue, compute } = session.stats();
    expect(queue?.max).toBeLessThan((compute?.max as number) / 4);
  });

  test('writes outputs where one says, and says where they do not fit', async () => {
    const session = await open(
      small([node('Neg', ['x'], ['y'])], { inputs: { x: ['float32', ['n']] }, outputs: { y: ['float32', ['n']] } }),
    );
    const x = new Tensor('float32', Float32Array.of(1, 2), [2]);
    const y = session.allocateTensor('float32', [2]);
    await session.run({ x }, { outputs: { y } });
    expect(y.data).toEqual(Float32Array.of(-1, -2));
    await expect(session.run({ x }, { outputs: { y: session.allocateTensor('float32', [3]) } })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_ARGUMENT',
      message: 'Output "y" is [2], the tensor to write it into [3]',
    });
  });

  const neg = (versions: { opset?: number; irVersion?: number }, operator = 'Neg'): Buffer =>
    model(
      graph({
        nodes: [node(operator, ['x'], ['y'])],
        inputs: [value('x', 'float32', ['n'])],
        outputs: [value('y', 'float32', ['n'])],
      }),
      versions,
    );

  test.each([
    ['bytes that are no model', Buffer.from('hello'), 'ENGINERY_INVALID_MODEL'],
    ['a model that is cut short', neg({}).subarray(0, 60), 'ENGINERY_INVALID_MODEL'],
    ['an operator that nobody knows', neg({}, 'Nope'), 'ENGINERY_INVALID_MODEL'],
    ['an opset of the future', neg({ opset: 99 }), 'ENGINERY_SESSION_FAILED'],
    ['an IR version of the future', neg({ irVersion: 99 }), 'ENGINERY_SESSION_FAILED'],
    ['a type without a kernel', convert('Neg', 'float8e5m2', 'float8e5m2'), 'ENGINERY_INVALID_MODEL'],
  ])('refuses %s', async (_what, content, code) => {
    await expect(open(content)).rejects.toMatchObject({ name: 'EngineryError', code });
  });

  test('writes nothing to the standard error, which belongs to the program', async () => {
    const file = join(await temporaryFolder(), 'nope.onnx');
    await writeFile(file, neg({}, 'Nope'));
    const script = `
      const { createSession } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
      await createSession(process.argv[1], { backend: 'onnxruntime-native' }).catch(({ code }) => console.log(code));`;
    const { status, stdout, stderr } = await command(process.execPath, ['--input-type=module', '-e', script, file]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'ENGINERY_INVALID_MODEL\n', stderr: '' });
  });
});

describe('an ONNX Runtime that is too old', () => {
  const REFUSED = {
    code: 'ENGINERY_LIBRARY_UNSUPPORTED',
    message: expect.stringContaining('ONNX Runtime 1.19.0: version 1.20 or newer (1.x) is needed'),
  };

  function tooOld(context: TestContext): string {
    const library = inject('tooOldOnnxRuntime');
    return 'missing' in library ? context.skip(library.missing) : library.folder;
  }

  test('is found, and runs nothing', async (context) => {
    const [found] = await findLibraries('onnxruntime', { path: tooOld(context) });
    expect(found).toMatchObject({ version: '1.19.0', run: { ok: false, code: REFUSED.code } });
    await expect(openWith(tooOld(context), DIGITS)).rejects.toMatchObject(REFUSED);
    await openWith(USUAL, DIGITS);
  });

  test('is not obtained', async () => {
    await expect(setupLibrary('onnxruntime', { version: '1.19.0' })).rejects.toMatchObject(REFUSED);
  });
});
