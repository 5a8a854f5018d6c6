import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadImage } from '../../dist/image/load-image.js';
import { createSession } from '../../dist/session/create-session.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { heavyModel } from '../support/heavy-model.js';
import { floats, graph, model, node, tensor, value } from '../support/onnx-writer.js';

const DIGITS = 'examples/digits/digits.onnx';
const SAMPLES = 'examples/digits/samples';
const SESSION_MODULE = new URL('../../dist/session/create-session.js', import.meta.url).href;

const floatsOf = (tensor: Tensor | undefined): Float32Array => (tensor as Tensor).data as Float32Array;
const square = (n: number): Tensor => new Tensor('float32', new Float32Array(n * n).fill(1 / n), [n, n]);
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
  await writeFile(join(folder, 'heavy.onnx'), heavyModel(2000));
  const weights = tensor({
    name: 'w',
    type: 'float32',
    dims: [1600, 1600],
    data: floats(new Array(1600 * 1600).fill(0.5)),
  });
  await writeFile(
    join(folder, 'weights.onnx'),
    model(
      graph({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        inputs: [value('x', 'float32', [1, 1600])],
        outputs: [value('y', 'float32', [1, 1600])],
        initializers: [weights],
      }),
    ),
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** A script that has a run of many seconds under way when it says so. */
const BUSY = (then: string): string => `
  const { createSession } = await import(${JSON.stringify(SESSION_MODULE)});
  const session = await createSession(${JSON.stringify(join(folder, 'heavy.onnx'))}, { backend: 'cpu' });
  const x = { type: 'float32', dims: [256, 256], data: new Float32Array(65536).fill(1 / 256) };
  for (let i = 0; i < 6; i++) session.run({ x }).catch(() => {});
  setTimeout(() => { ${then} }, 50);
`;

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

describe('while a model runs', () => {
  it('the event loop is free', async () => {
    const session = await createSession(heavyModel(400), { backend: 'cpu' });
    const feeds = { x: square(256) };
    await session.run(feeds);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const start = performance.now();
    const running = session.run(feeds);
    const handedOver = performance.now() - start;
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await running;
    clearInterval(timer);
    delay.disable();
    const seconds = (performance.now() - start) / 1000;
    await session.dispose();
    // A blocked loop would show one delay as long as the run, and hardly a turn.
    expect(seconds).toBeGreaterThan(0.04);
    expect(handedOver).toBeLessThan(seconds * 500);
    expect(delay.max / 1e9).toBeLessThan(seconds / 2);
    expect(turns).toBeGreaterThan(10);
  });

  it('it stops when its signal aborts, and the session stays usable', async () => {
    const session = await createSession(join(folder, 'heavy.onnx'));
    const controller = new AbortController();
    const running = session.run({ x: square(256) }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await expect(session.run({ x: square(8) }, { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await expect(session.run({ x: square(8) }, { signal: AbortSignal.timeout(10_000) })).resolves.toHaveProperty('y');
    await session.dispose();
  });

  it('runs that wait for their turn abort at once', async () => {
    const session = await createSession(join(folder, 'heavy.onnx'));
    const controllers = Array.from({ length: 40 }, () => new AbortController());
    const many = controllers.map(({ signal }) => session.run({ x: square(256) }, { signal }));
    for (const controller of controllers) controller.abort(new Error('enough'));
    const outcomes = await Promise.allSettled(many);
    expect(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason.message === 'enough')).toBe(
      true,
    );
    await session.dispose();
  });

  it('dispose lets it end, refuses more, and may be repeated', async () => {
    const session = await createSession(heavyModel(100));
    const running = session.run({ x: square(256) });
    const disposing = session.dispose();
    await expect(session.run({ x: square(8) })).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' });
    await Promise.all([disposing, session.dispose(), session[Symbol.asyncDispose]()]);
    expect(floatsOf((await running).y)).toHaveLength(256 * 256);
  });

  it('its worker thread may be terminated', async () => {
    for (let round = 0; round < 4; round++) {
      const script = `const { parentPort } = await import('node:worker_threads'); ${BUSY("parentPort.postMessage('busy')")}`;
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      const start = performance.now();
      await worker.terminate();
      expect(performance.now() - start).toBeLessThan(3000);
    }
  });

  it.each([
    ['process.exit', 'process.exit(7)', 7, null],
    ['an uncaught error', "throw new Error('planned')", 1, null],
    ['SIGTERM', "process.kill(process.pid, 'SIGTERM')", null, 'SIGTERM'],
  ])('the process may end by %s', (_how, then, status, signal) => {
    const start = performance.now();
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', BUSY(then)], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect({ status: child.status, signal: child.signal }).toEqual({ status, signal });
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('memory', () => {
  it('comes back when sessions are disposed of', () => {
    // 10 MB of weights each. What malloc keeps for later use is no leak, so it is told to keep nothing large.
    const script = `
      const { createSession } = await import(${JSON.stringify(SESSION_MODULE)});
      const path = process.argv[1];
      const cycle = async (count) => {
        for (let i = 0; i < count; i++) {
          const session = await createSession(path, { backend: 'cpu' });
          await session.run({ x: { type: 'float32', dims: [1, 1600], data: new Float32Array(1600) } });
          await session.dispose();
        }
        gc();
        await new Promise((resolve) => setTimeout(resolve, 20));
        return process.memoryUsage.rss();
      };
      await cycle(30);
      const half = await cycle(60);
      const end = await cycle(60);
      console.log((end - half) / 2 ** 20);
    `;
    const child = spawnSync(
      process.execPath,
      ['--expose-gc', '--input-type=module', '-e', script, join(folder, 'weights.onnx')],
      { encoding: 'utf8', env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '131072' } },
    );
    expect(child.stderr).toBe('');
    expect(Number(child.stdout)).toBeLessThan(4);
  });
});
