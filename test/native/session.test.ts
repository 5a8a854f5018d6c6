// @module-tag sessions
// @module-tag numbers
// @module-tag choice
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadImage } from '../../dist/image/load-image.js';
import { createSession } from '../../dist/session/create-session.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { graph, model, node, value } from '../support/onnx-writer.js';

const DIGITS = 'examples/digits/digits.onnx';
const SAMPLES = 'examples/digits/samples';

const floatsOf = (tensor: Tensor | undefined): Float32Array => (tensor as Tensor).data as Float32Array;
const identity = (...types: Parameters<typeof value>[1][]): Buffer =>
  model(
    graph({
      nodes: types.map((_, index) => node('Identity', [`x${index}`], [`y${index}`])),
      inputs: types.map((type, index) => value(`x${index}`, type, ['n'])),
      outputs: types.map((type, index) => value(`y${index}`, type, ['n'])),
    }),
  );

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enginery-session-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('digits', () => {
  it('classifies every sample as it is labelled', async () => {
    const session = await createSession(DIGITS, { backend: 'cpu' });
    for (const file of readdirSync(SAMPLES)) {
      const image = await loadImage(join(SAMPLES, file), { channels: 1, height: 28, width: 28 });
      const { logits } = await session.run({ image });
      const scores = [...floatsOf(logits)];
      expect(scores.indexOf(Math.max(...scores)), file).toBe(Number(file[0]));
    }
    await session.dispose();
  });

  it('says what it takes, what it gives and what executes it', async () => {
    const session = await createSession(DIGITS);
    expect(session.inputs).toEqual([{ name: 'image', kind: 'tensor', type: 'float32', dims: ['batch', 1, 28, 28] }]);
    expect(session.outputs).toEqual([{ name: 'logits', kind: 'tensor', type: 'float32', dims: ['batch', 10] }]);
    expect(session.backend).toMatchObject({ name: 'onnxruntime', version: expect.stringMatching(/^1\.\d+\.\d+/) });
    expect(session.backend.reasons.map(({ backend }) => backend)).toEqual(['tensorrt', 'tensorrt-rtx']);
    for (const { code, message } of session.backend.reasons) {
      expect(code).toMatch(/^ENGINERY_/);
      expect(message).not.toBe('');
    }
    await session.dispose();
  });
});

describe('choosing a backend', () => {
  it('never leaves the GPU for the CPU unasked', async () => {
    await expect(createSession(DIGITS, { backend: 'gpu' })).rejects.toMatchObject({
      code: 'ENGINERY_BACKEND_UNAVAILABLE',
      details: { reasons: [{ backend: 'tensorrt' }, { backend: 'tensorrt-rtx' }] },
    });
    await expect(createSession(DIGITS, { backend: 'tensorrt' })).rejects.toThrow();
  });

  it('takes what the environment says where nothing else is said', async () => {
    vi.stubEnv('ENGINERY_BACKEND', 'onnxruntime-worker');
    const session = await createSession(DIGITS);
    const other = await createSession(DIGITS, { backend: 'cpu' });
    expect([session, other].map(({ backend }) => backend.implementation)).toEqual(['worker', 'native']);
    await Promise.all([session.dispose(), other.dispose()]);
    vi.stubEnv('ENGINERY_BACKEND', 'cuda');
    await expect(createSession(DIGITS)).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_OPTION',
      message: expect.stringMatching(/^ENGINERY_BACKEND is "cuda"; expected one of auto, gpu, cpu, /),
    });
    vi.unstubAllEnvs();
  });

  it('takes names in order, and no reasons where the first one works', async () => {
    const session = await createSession(DIGITS, { backend: ['onnxruntime', 'tensorrt'] });
    expect(session.backend.reasons).toEqual([]);
    await session.dispose();
  });

  it.each(['cuda', [], ['cpu'], ['onnxruntime', 'x'], 7])('refuses %j', async (backend) => {
    await expect(createSession(DIGITS, { backend: backend as never })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_OPTION',
    });
  });
});

describe('tensors', () => {
  it('come back as they went in, in every type', async () => {
    const feeds = {
      x0: new Tensor('float32', new Float32Array([1.5, -2, 3]), [3]),
      x1: new Tensor('float64', new Float64Array([1, 2, 3]), [3]),
      x2: new Tensor('float16', new Uint16Array([1, 2, 3]), [3]),
      x3: new Tensor('int8', new Int8Array([-1, 2, 3]), [3]),
      x4: new Tensor('uint8', new Uint8Array([1, 2, 255]), [3]),
      x5: new Tensor('int16', new Int16Array([-1, 2, 3]), [3]),
      x6: new Tensor('uint16', new Uint16Array([1, 2, 65535]), [3]),
      x7: new Tensor('int32', new Int32Array([-1, 2, 3]), [3]),
      x8: new Tensor('uint32', new Uint32Array([1, 2, 2 ** 32 - 1]), [3]),
      x9: new Tensor('int64', new BigInt64Array([-1n, 2n, 2n ** 60n]), [3]),
      x10: new Tensor('uint64', new BigUint64Array([1n, 2n, 2n ** 64n - 1n]), [3]),
      x11: new Tensor('bool', new Uint8Array([1, 0, 1]), [3]),
      x12: new Tensor('string', ['', 'größer', 'a\0b'], [3]),
    };
    const session = await createSession(identity(...Object.values(feeds).map(({ type }) => type)));
    const results = await session.run(feeds);
    for (const [name, feed] of Object.entries(feeds)) {
      const result = results[name.replace('x', 'y')] as Tensor;
      expect({ ...result }).toEqual({ ...feed });
    }
    await session.dispose();
  });

  it('are copied before run returns, views and large ones included', async () => {
    const session = await createSession(identity('float32'));
    for (const count of [16, 1_000_000]) {
      const memory = new Float32Array(count + 1).fill(1);
      const data = memory.subarray(1);
      const running = session.run({ x0: { type: 'float32', dims: [count], data } });
      structuredClone(memory, { transfer: [memory.buffer] });
      const { y0 } = await running;
      expect(floatsOf(y0).every((element) => element === 1)).toBe(true);
    }
    await session.dispose();
  });

  it('outlive their session', async () => {
    const session = await createSession(identity('float32'));
    const { y0 } = await session.run({ x0: new Tensor('float32', new Float32Array(100_000).fill(7), [100_000]) });
    await session.dispose();
    expect(floatsOf(y0).every((element) => element === 7)).toBe(true);
  });

  it('may be empty', async () => {
    const session = await createSession(identity('float32'));
    const { y0 } = await session.run({ x0: new Tensor('float32', new Float32Array(0), [0]) });
    expect(y0).toMatchObject({ dims: [0], data: new Float32Array(0) });
    await session.dispose();
  });

  it('are checked before anything runs', async () => {
    const session = await createSession(DIGITS);
    const running = session.run({ image: new Tensor('float32', new Float32Array(784), [1, 1, 784]) });
    await expect(running).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_FEED',
      message: 'Input "image": expected dims [batch, 1, 28, 28], got [1, 1, 784]',
    });
    await session.dispose();
  });
});

describe('models that cannot be opened', () => {
  it.each<[string, string, Uint8Array | null]>([
    ['a missing file', 'ENGINERY_FILE_NOT_FOUND', null],
    ['an empty file', 'ENGINERY_INVALID_MODEL', Buffer.alloc(0)],
    ['text', 'ENGINERY_INVALID_MODEL', Buffer.from('hello')],
    [
      'an unknown operator',
      'ENGINERY_INVALID_MODEL',
      model(
        graph({
          nodes: [node('NoSuch', ['x'], ['y'])],
          inputs: [value('x', 'float32', [1])],
          outputs: [value('y', 'float32', [1])],
        }),
      ),
    ],
  ])('%s', async (_what, code, content) => {
    const path = join(folder, 'bad.onnx');
    await rm(path, { force: true });
    if (content !== null) await writeFile(path, content);
    await expect(createSession(path)).rejects.toMatchObject({ code });
    if (content !== null) await expect(createSession(content)).rejects.toMatchObject({ code });
  });
});
