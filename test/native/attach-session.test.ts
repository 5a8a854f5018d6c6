// @module-tag threads
/** Sessions that several threads of the process have. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attachSession } from '../../dist/session/attach-session.js';
import { createSession } from '../../dist/session/create-session.js';
import type { Session } from '../../dist/session/session.js';
import type { SessionHandle } from '../../dist/session/session-handle.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { heavyModel } from '../support/heavy-model.js';

const DIGITS = 'examples/digits/digits.onnx';
const INDEX = new URL('../../dist/index.js', import.meta.url).href;

const image = (): Tensor =>
  new Tensor(
    'float32',
    Float32Array.from({ length: 784 }, (_, i) => (i % 29) / 29),
    [1, 1, 28, 28],
  );
const square = (n: number): Tensor => new Tensor('float32', new Float32Array(n * n).fill(1 / n), [n, n]);
const valuesOf = (tensor: Tensor | undefined): number[] => [...((tensor as Tensor).data as Float32Array)];

/** A worker that runs `body`: a script with createSession, attachSession, tell(message), told() and data. */
function worker(body: string, data: unknown): Worker {
  const script = `
    import { once } from 'node:events';
    import { parentPort, workerData as data } from 'node:worker_threads';
    import { attachSession, createSession } from ${JSON.stringify(INDEX)};
    const tell = (message) => parentPort.postMessage(message);
    const told = async () => (await once(parentPort, 'message'))[0];
    ${body}
    parentPort.unref();`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), { workerData: data });
}

async function messageOf<T>(from: Worker): Promise<T> {
  const failed = once(from, 'error').then(([error]) => {
    throw error;
  });
  const [message] = await Promise.race([once(from, 'message'), failed as Promise<never>]);
  return message;
}

let maker: Session;
beforeEach(async () => {
  maker = await createSession(DIGITS, { backend: 'cpu' });
});
afterEach(() => maker.dispose());

describe('a session in several threads', () => {
  it('gives the same in all, and is loaded once', async () => {
    const loads: unknown[] = [];
    const count = (message: unknown): number => loads.push(message);
    subscribe('enginery:session:load', count);
    const body = `
      const session = await attachSession(data.handle);
      const { logits } = await session.run(data.image);
      tell({ logits: [...logits.data], inputs: session.inputs, backend: session.backend });
      await session.dispose();`;
    const { handle } = maker;
    expect(structuredClone(handle)).toEqual(handle);
    const workers = [1, 2, 3].map(() => worker(body, { handle, image: { ...image() } }));
    const exits = workers.map((it) => once(it, 'exit'));
    const answers = await Promise.all(workers.map((it) => messageOf<Record<string, unknown>>(it)));
    await Promise.all(exits);
    const { logits } = await maker.run(image());
    for (const answer of answers) {
      expect(answer).toEqual({ logits: valuesOf(logits), inputs: maker.inputs, backend: maker.backend });
    }
    const again = await attachSession(handle);
    await again.dispose();
    unsubscribe('enginery:session:load', count);
    expect(loads).toEqual([]);
  });

  it('outlives its maker', async () => {
    const body = `
      const session = await createSession(data.model, { backend: 'cpu' });
      tell(session.handle);
      await told();`;
    const thread = worker(body, { model: DIGITS });
    const handle = await messageOf<SessionHandle>(thread);
    const session = await attachSession(handle);
    const { logits } = await session.run(image());
    thread.postMessage('go');
    await once(thread, 'exit');
    expect(valuesOf((await session.run(image())).logits)).toEqual(valuesOf(logits));
    const third = await attachSession(handle); // by the handle of one who has gone
    await session.dispose();
    await expect(third.run(image())).resolves.toHaveProperty('logits');
    await third.dispose();
    await expect(attachSession(handle)).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' });
  });

  it('outlives a terminated thread that ran it', async () => {
    const body = `
      const session = await attachSession(data.handle);
      const x = { type: 'float32', dims: [256, 256], data: new Float32Array(256 * 256) };
      for (let i = 0; i < 4; i++) session.run(x).catch(() => {});
      tell('busy');`;
    const heavy = await createSession(heavyModel(2000), { backend: 'cpu', maxConcurrent: 1 });
    const thread = worker(body, { handle: heavy.handle });
    await messageOf(thread);
    const waiting = heavy.run({ x: square(8) });
    await thread.terminate();
    await expect(waiting).resolves.toHaveProperty('y');
    await heavy.dispose();
  });

  it('runs on for one when another disposes of it', async () => {
    const body = `
      const session = await attachSession(data.handle);
      tell('attached');
      await told();
      await session.dispose({ cancel: true });
      tell('disposed');`;
    const heavy = await createSession(heavyModel(200), { backend: 'cpu' });
    const thread = worker(body, { handle: heavy.handle });
    await messageOf(thread);
    const running = heavy.run({ x: square(128) });
    thread.postMessage('go');
    await messageOf(thread);
    await expect(running).resolves.toHaveProperty('y');
    await heavy.dispose();
  });
});

describe('a session twice in one thread', () => {
  it('tells how many runs wait, whoever asked for them', async () => {
    const heavy = await createSession(heavyModel(2000), { backend: 'cpu', maxConcurrent: 1 });
    const twin = await attachSession(heavy.handle);
    const waits: unknown[] = [];
    const listen = (message: unknown): number => waits.push((message as { session: Session }).session);
    subscribe('enginery:session:queue', listen);
    const runs = Promise.allSettled([heavy.run({ x: square(256) }), twin.run({ x: square(256) })]);
    unsubscribe('enginery:session:queue', listen);
    expect(waits).toEqual([twin]);
    expect(heavy.stats()).toMatchObject({ inFlight: 1, queued: 1 });
    expect(twin.stats()).toMatchObject({ inFlight: 1, queued: 1 });
    await Promise.all([heavy.dispose({ cancel: true }), twin.dispose({ cancel: true }), runs]);
    expect(twin.stats()).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it('is two: each ends by itself, and stops what is its own', async () => {
    const heavy = await createSession(heavyModel(200), { backend: 'cpu' });
    const twin = await attachSession(heavy.handle);
    const [kept, stopped] = [heavy.run({ x: square(128) }), twin.run({ x: square(256) })];
    const outcomes = Promise.allSettled([kept, stopped]);
    await twin.dispose({ cancel: true });
    await expect(twin.run({ x: square(8) })).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' });
    const [of, ofTwin] = await outcomes;
    expect(of.status).toBe('fulfilled');
    expect(ofTwin).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    expect(heavy.stats()).toMatchObject({ runs: 1, errors: 0, inFlight: 0 });
    await heavy.dispose();
  });

  it('lets its own runs end before it is disposed of, though the other goes on', async () => {
    const heavy = await createSession(heavyModel(50), { backend: 'cpu' });
    const twin = await attachSession(heavy.handle);
    const running = twin.run({ x: square(128) });
    await twin.dispose();
    expect(twin.stats()).toMatchObject({ runs: 1, inFlight: 0 });
    await running;
    await heavy.dispose();
  });
});

describe('handles', () => {
  it.each([undefined, null, {}, 7, { pid: 1 }, { pid: 1, number: 1.5, inputs: [] }])('are not %j', async (handle) => {
    await expect(attachSession(handle as never)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_ARGUMENT' });
  });

  it('of closed sessions and of other processes lead nowhere', async () => {
    const { handle } = maker;
    for (const gone of [
      { ...handle, pid: handle.pid + 1 },
      { ...handle, number: handle.number + 1000 },
    ]) {
      await expect(attachSession(gone)).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' });
    }
    await maker.dispose();
    await expect(attachSession(handle)).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' });
  });
});
