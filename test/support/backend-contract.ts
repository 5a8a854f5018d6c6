/**
 * What every backend promises; see lib/backends/backend-session.ts. Where they may differ, their capabilities say so, and what a
 * backend takes, {@link Backend}.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { BackendResult, BackendRun, BackendSession } from '../../dist/backends/backend-session.js';
import { elementsOf } from '../../dist/tensor/storage.js';
import { Tensor, type TensorLike } from '../../dist/tensor/tensor.js';
import type { Backend } from './backends.js';
import { command } from './commands.js';
import { ARITHMETIC, FEEDS, floats, HEAVY, identity, square } from './contract-models.js';
import { temporaryFolder } from './temporary.js';

/** Nothing is asked to stay on a GPU. */
type HostResult = BackendResult & { readonly outputs: Readonly<Record<string, Tensor>> };

/** Holds a backend to it. */
export function backendContract(backend: Backend): void {
  const { open: openModel, types, heavyRows } = backend;
  const large = square(heavyRows);
  const sessions: BackendSession[] = [];
  const open: typeof openModel = async (...args) => {
    const session = await openModel(...args);
    sessions.push(session);
    return session;
  };
  afterEach(async () => {
    for (const session of sessions) session.cancel();
    await Promise.all(sessions.splice(0).map((session) => session.close()));
  });

  const run = (
    session: BackendSession,
    parts: readonly Record<string, TensorLike>[],
    options: Partial<BackendRun> = {},
  ): Promise<HostResult> => {
    const outputs = options.outputs ?? session.outputs.map((output) => output.name);
    return session.run(parts, { borrow: false, signal: undefined, ...options, outputs }) as Promise<HostResult>;
  };
  const allocated = (session: BackendSession, elements: readonly number[]): Tensor => {
    const bytes = new Uint8Array(session.allocate(elements.length * 4) as ArrayBuffer);
    const data = elementsOf('float32', bytes) as Float32Array;
    data.set(elements);
    return new Tensor('float32', data, [elements.length]);
  };

  describe('a model', () => {
    it('is described, from a path and from bytes', async () => {
      const digits = await open('examples/digits/digits.onnx');
      const named = (name: string): string | null => (backend.namesDims ? name : null);
      const value = { kind: 'tensor', type: 'float32' };
      expect(digits.inputs).toEqual([{ ...value, name: 'image', dims: [named('batch'), 1, 28, 28] }]);
      expect(digits.outputs).toEqual([{ ...value, name: 'logits', dims: [named('batch'), 10] }]);
      const { inputs, outputs } = await open(ARITHMETIC);
      expect([...inputs, ...outputs].map((it) => it.dims)).toEqual([
        [named('n')],
        [named('n')],
        [named('n')],
        [null, 2],
      ]);
    });

    it.each([
      ['without an implementation', backend.unimplemented.model, backend.unimplemented.code],
      ['that is none', Buffer.from('hello'), 'ENGINERY_INVALID_MODEL'],
    ])('%s is refused', async (_what, bytes, code) => {
      await expect(open(bytes)).rejects.toMatchObject({ code });
    });

    it('is given up when the signal aborts', async () => {
      const controller = new AbortController();
      const opening = open(HEAVY, { signal: controller.signal });
      controller.abort(new Error('enough'));
      await expect(opening).rejects.toThrow('enough');
    });
  });

  describe('tensors', () => {
    it('come back as they went in, in every type, and empty', async () => {
      const feeds = FEEDS.filter(({ type }) => types.includes(type));
      const session = await open(identity(types, ['n']));
      const empty = feeds.map(({ type, data }) => new Tensor(type, (data as Float32Array).slice(0, 0), [0]));
      for (const tensors of [feeds, empty]) {
        const { outputs } = await run(session, [Object.fromEntries(tensors.map((feed, i) => [`x${i}`, feed]))]);
        expect(Object.values(outputs).map((it) => ({ ...it }))).toEqual(tensors.map((it) => ({ ...it })));
      }
    });

    it('may be scalars, and views of other memory', async () => {
      const session = await open(identity(['int64'], []));
      const x = new Tensor('int64', new BigInt64Array([1n, 7n, 2n]).subarray(1, 2), []);
      expect((await run(session, [{ x0: x }])).outputs.y0).toMatchObject({ dims: [], data: new BigInt64Array([7n]) });
    });

    it('are copied before run returns, of runs that wait as well', async () => {
      const session = await open(ARITHMETIC);
      const x = floats(1, 2);
      const running = [1, 2, 3].map(() => run(session, [{ x }], { outputs: ['twice'] }));
      (x.data as Float32Array).fill(9);
      for (const { outputs } of await Promise.all(running)) expect(outputs.twice?.data).toEqual(floats(2, 4).data);
    });

    it('of a run have memory of their own, and outlive the session', async () => {
      const session = await openModel(ARITHMETIC);
      const { twice, minus } = (await run(session, [{ x: floats(1, 2) }])).outputs;
      await session.close();
      const { buffer } = (twice as Tensor).data as Float32Array<ArrayBuffer>;
      structuredClone(buffer, { transfer: [buffer] });
      expect(minus?.data).toEqual(floats(-1, -2).data);
    });

    it('of several parts are put together along the first axis', async () => {
      const session = await open(ARITHMETIC);
      const parts = [floats(1, 2), floats(), floats(3), floats(4, 5, 6)].map((x) => ({ x }));
      const { minus } = (await run(session, parts)).outputs;
      expect(minus).toMatchObject({ dims: [6], data: floats(-1, -2, -3, -4, -5, -6).data });
      if (!types.includes('string')) return;
      const strings = await open(identity(['string'], ['n']));
      const texts = [['a', 'b'], ['c']].map((data) => ({ x0: new Tensor('string', data, [data.length]) }));
      expect((await run(strings, texts)).outputs.y0).toMatchObject({ dims: [3], data: ['a', 'b', 'c'] });
    });
  });

  describe('outputs', () => {
    it('are those asked for, in that order', async () => {
      const session = await open(ARITHMETIC);
      const { outputs } = await run(session, [{ x: floats(1, 2) }], { outputs: ['rows', 'twice'] });
      expect(Object.keys(outputs)).toEqual(['rows', 'twice']);
      expect(outputs.rows).toMatchObject({ dims: [1, 2], data: floats(1, 2).data });
    });

    it('are written where one says, from borrowed feeds', async () => {
      const session = await open(ARITHMETIC);
      const x = allocated(session, [1, 2]);
      const minus = allocated(session, [0, 0]);
      const options = { borrow: true, targets: { minus }, outputs: ['minus', 'twice'] };
      const { outputs } = await run(session, [{ x }], options);
      expect(Object.keys(outputs)).toEqual(['twice']);
      expect(outputs.twice?.data).toEqual(floats(2, 4).data);
      expect(minus.data).toEqual(allocated(session, [-1, -2]).data);
    });

    it('do not go where they do not fit', async () => {
      const session = await open(ARITHMETIC);
      const minus = allocated(session, [0, 0, 0]);
      const running = run(session, [{ x: floats(1, 2) }], { targets: { minus } });
      await expect(running).rejects.toMatchObject({ name: 'EngineryError' });
      await expect(run(session, [{ x: floats(1, 2) }])).resolves.toHaveProperty('outputs.minus');
    });
  });

  describe('memory', () => {
    it('is of zeros, and null where there is none', async () => {
      const session = await open(ARITHMETIC);
      expect(new Uint8Array(session.allocate(100) as ArrayBuffer)).toEqual(new Uint8Array(100));
      expect(session.allocate(0)?.byteLength).toBe(0);
      expect(session.allocate(2 ** 52)).toBeNull();
    });
  });

  describe('runs', () => {
    it('that fail do so alone', async () => {
      const session = await open(ARITHMETIC);
      await expect(run(session, [{ x: floats(1, 2, 3) }])).rejects.toMatchObject({ code: 'ENGINERY_RUN_FAILED' });
      await expect(run(session, [{ x: floats(1, 2) }])).resolves.toHaveProperty('outputs.rows');
    });

    it('wait for their turn, and those over the limit are refused at once', async () => {
      const session = await open(HEAVY, { maxQueue: 1 });
      const order: string[] = [];
      const started = ['first', 'second'].map((which) =>
        run(session, [{ x: large }]).then((result) => {
          order.push(which);
          return result;
        }),
      );
      await expect(run(session, [{ x: square(8) }])).rejects.toMatchObject({ code: 'ENGINERY_BUSY' });
      expect(order).toEqual([]);
      const [first, second] = (await Promise.all(started)) as [BackendResult, BackendResult];
      expect(order).toEqual(['first', 'second']);
      expect(first.queueMs).toBeGreaterThanOrEqual(0);
      expect(first.computeMs).toBeGreaterThan(0);
      // The second was asked for while the first computed, but for the time that asking takes.
      expect(second.queueMs).toBeGreaterThan(first.computeMs / 2);
    });

    it('reject with the reason when aborted, before, while they wait and under way', async () => {
      const session = await open(HEAVY);
      const before = run(session, [{ x: square(8) }], { signal: AbortSignal.abort(new Error('before')) });
      await expect(before).rejects.toThrow('before');
      const controller = new AbortController();
      const { signal } = controller;
      const outcomes = Promise.allSettled([1, 2, 3].map(() => run(session, [{ x: large }], { signal })));
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.abort(new Error('enough'));
      for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { message: 'enough' } });
      await expect(run(session, [{ x: square(8) }])).resolves.toHaveProperty('outputs.y');
    });

    it('are let end by close', async () => {
      const session = await openModel(HEAVY);
      const ended: string[] = [];
      const running = [1, 2].map(() => run(session, [{ x: large }]).then(() => ended.push('run')));
      await Promise.all([...running, session.close().then(() => ended.push('close'))]);
      expect(ended).toEqual(['run', 'run', 'close']);
    });

    it('are stopped by close, if it says so', async () => {
      const session = await openModel(HEAVY);
      const outcomes = Promise.allSettled([1, 2, 3].map(() => run(session, [{ x: large }])));
      session.cancel();
      await session.close();
      for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { name: 'AbortError' } });
    });
  });

  describe('capabilities', () => {
    it('tell whether several runs are under way at a time', async () => {
      const session = await open(HEAVY, { maxConcurrent: 2 });
      const running = [1, 2].map(() => run(session, [{ x: large }]));
      const [first, second] = (await Promise.all(running)) as [BackendResult, BackendResult];
      expect(second.queueMs < first.computeMs / 4).toBe(session.capabilities.concurrentRuns);
    });

    it('tell whether a run that is aborted stops', async () => {
      const session = await open(HEAVY);
      const alone = [1, 2, 3].map(() => run(session, [{ x: large }]));
      const computeMs = Math.min(...(await Promise.all(alone)).map((result) => result.computeMs));
      const running = run(session, [{ x: large }], { signal: AbortSignal.timeout(20) });
      await expect(running).rejects.toMatchObject({ name: 'TimeoutError' });
      const { queueMs } = await run(session, [{ x: square(8) }]);
      expect(queueMs < computeMs / 4).toBe(session.capabilities.stopsRunning);
    });

    it('tell whether threads can share it', async () => {
      const session = await open(ARITHMETIC);
      expect(session.number !== null).toBe(session.capabilities.sharedByThreads);
    });

    it('are told of the session', async () => {
      const { createSession } = await import('../../dist/session/create-session.js');
      await using session = await createSession(ARITHMETIC, await backend.sessionOptions(ARITHMETIC));
      const { capabilities } = await open(ARITHMETIC);
      expect(session.backend).toMatchObject({ ...backend.is, capabilities, reasons: [] });
    });
  });

  describe('the process', () => {
    const outcome = async (then: string): Promise<{ status: number | null; stderr: string }> => {
      const path = join(await temporaryFolder(), 'heavy.onnx');
      await writeFile(path, HEAVY);
      const script = `
        const { createSession } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
        const session = await createSession(process.argv[1], JSON.parse(process.argv[2]));
        const x = { type: 'float32', dims: [${heavyRows}, ${heavyRows}], data: new Float32Array(${heavyRows ** 2}) };
        const run = () => session.run({ x });
        ${then}`;
      const options = JSON.stringify(await backend.sessionOptions(HEAVY));
      const { status, stderr } = await command(process.execPath, ['--input-type=module', '-e', script, path, options]);
      return { status, stderr };
    };

    it('is kept by a run, and not by an idle session', async () => {
      expect(await outcome("run().then(() => console.error('ran'))")).toEqual({ status: 0, stderr: 'ran\n' });
    });

    it('may exit during a run', async () => {
      const start = performance.now();
      const busy = 'for (let i = 0; i < 60; i++) run(); setTimeout(() => process.exit(7), 50)';
      expect(await outcome(busy)).toEqual({ status: 7, stderr: '' });
      expect(performance.now() - start).toBeLessThan(20_000); // all of them take half a minute
    });
  });
}
