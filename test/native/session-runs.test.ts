// @module-tag sessions
/** What a run takes and gives: outputs, borrowed memory, time, queue, counts. */
import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession } from '../../dist/session/create-session.js';
import type { Session } from '../../dist/session/session.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { heavyModel } from '../support/heavy-model.js';
import { node } from '../support/onnx-writer.js';
import { small } from '../support/small-models.js';

/** `negative` and `double` of `x`, and `x` itself, float32 [n, 2]. */
const MODEL = small([node('Neg', ['x'], ['negative']), node('Add', ['x', 'x'], ['double'])], {
  inputs: { x: ['float32', ['n', 2]] },
  outputs: { negative: ['float32', ['n', 2]], x: ['float32', ['n', 2]], double: ['float32', ['m', 2]] },
});

const pair = (a: number, b: number): Tensor => new Tensor('float32', new Float32Array([a, b]), [1, 2]);
const square = (n: number): Tensor => new Tensor('float32', new Float32Array(n * n).fill(1 / n), [n, n]);
const valuesOf = (tensor: Tensor | undefined): number[] => [...((tensor as Tensor).data as Float32Array)];

/** Runs that take seconds unless they are stopped. */
const openHeavy = (limits: { maxConcurrent?: number; maxQueue?: number } = {}): Promise<Session> =>
  createSession(heavyModel(2000), { backend: 'cpu', ...limits });

let session: Session;
beforeAll(async () => {
  session = await createSession(MODEL, { backend: 'cpu' });
});
afterAll(() => session.dispose());

describe('outputs', () => {
  it('are all, or those asked for, in that order', async () => {
    expect(Object.keys(await session.run({ x: pair(1, 2) }))).toEqual(['negative', 'x', 'double']);
    const some = await session.run({ x: pair(1, 2) }, { outputs: ['double', 'negative'] });
    expect(Object.entries(some).map(([name, tensor]) => [name, ...valuesOf(tensor)])).toEqual([
      ['double', 2, 4],
      ['negative', -1, -2],
    ]);
  });

  it.each([[['nothing']], [[]], [['double', 'double']], [{}], ['double'], [null], [7]])(
    'refuses %j',
    async (outputs) => {
      await expect(session.run({ x: pair(1, 2) }, { outputs: outputs as never })).rejects.toMatchObject({
        code: 'ENGINERY_INVALID_ARGUMENT',
      });
    },
  );

  it('are written into tensors, which are what comes back', async () => {
    const double = session.allocateTensor('float32', [1, 2]);
    const data = new Float32Array(new SharedArrayBuffer(24), 8, 2);
    const results = await session.run(
      { x: pair(1, 2) },
      { outputs: { double, x: { type: 'float32', dims: [1, 2], data }, negative: null } },
    );
    expect(Object.keys(results)).toEqual(['double', 'x', 'negative']);
    expect(results.double).toBe(double);
    expect(results.x?.data).toBe(data);
    expect([double, results.x, results.negative].map(valuesOf)).toEqual([
      [2, 4],
      [1, 2],
      [-1, -2],
    ]);
  });

  it.each(['double', 'negative', 'x'])('do not fit a tensor of other dims: %s', async (name) => {
    const tensor = session.allocateTensor('float32', [3, 2]);
    await expect(session.run({ x: pair(1, 2) }, { outputs: { [name]: tensor } })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_ARGUMENT',
      message: `Output "${name}" is [1, 2], the tensor to write it into [3, 2]`,
    });
    expect(valuesOf(tensor)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('do not share memory', async () => {
    const data = new Float32Array(new SharedArrayBuffer(24));
    const at = (start: number): Tensor => new Tensor('float32', data.subarray(start, start + 2), [1, 2]);
    const into = (negative: Tensor, double: Tensor) =>
      session.run(pair(1, 2), { outputs: { negative, x: null, double } });
    const refusal = {
      code: 'ENGINERY_INVALID_ARGUMENT',
      message: 'Outputs "negative" and "double" are to be written into the same memory: each needs its own',
    };
    const same = session.allocateTensor('float32', [1, 2]);
    await expect(into(same, same)).rejects.toMatchObject(refusal);
    await expect(into(at(2), at(1))).rejects.toMatchObject(refusal);
    await expect(into(at(1), at(2))).rejects.toMatchObject(refusal);
    await into(at(2), at(0));
    expect([...data]).toEqual([2, 4, -1, -2, 0, 0]);
  });

  it('are checked before the run where the model says what they are', async () => {
    const into = (tensor: unknown) => session.run({ x: pair(1, 2) }, { outputs: { double: tensor as Tensor } });
    const code = 'ENGINERY_INVALID_ARGUMENT';
    await expect(into(session.allocateTensor('float32', [1, 3]))).rejects.toMatchObject({ code });
    await expect(into(session.allocateTensor('int32', [1, 2]))).rejects.toMatchObject({ code });
    await expect(into('here')).rejects.toMatchObject({ code });
    await expect(into(pair(0, 0))).rejects.toMatchObject({ code: 'ENGINERY_NOT_BORROWABLE' });
  });
});

it.each([null, 7, { signal: 5 }])('options are not %j', async (options) => {
  const code = 'ENGINERY_INVALID_ARGUMENT';
  await expect(session.run(pair(1, 2), options as never)).rejects.toMatchObject({ code });
  await expect(session.runRows([{ x: pair(1, 2) }], options as never)).rejects.toMatchObject({ code });
  await expect(createSession(MODEL, options as never)).rejects.toMatchObject({ code });
});

describe('borrowed feeds', () => {
  const borrow = (x: Tensor) => session.run({ x }, { borrow: true });

  it('lie in memory of a session, or in shared memory, at any place', async () => {
    const x = session.allocateTensor('float32', [3, 2]);
    (x.data as Float32Array).set([1, 2, 3, 4, 5, 6]);
    expect(valuesOf((await borrow(x)).double)).toEqual([2, 4, 6, 8, 10, 12]);
    const view = (x.data as Float32Array).subarray(2, 4);
    expect(valuesOf((await borrow(new Tensor('float32', view, [1, 2]))).double)).toEqual([6, 8]);
    const shared = new Float32Array(new SharedArrayBuffer(16), 4, 2).fill(7);
    expect(valuesOf((await borrow(new Tensor('float32', shared, [1, 2]))).double)).toEqual([14, 14]);
  });

  it('may be empty', async () => {
    const x = session.allocateTensor('float32', [0, 2]);
    const double = session.allocateTensor('float32', [0, 2]);
    const results = await session.run({ x }, { borrow: true, outputs: { double, negative: null } });
    expect(results.double).toBe(double);
    expect(results.negative?.dims).toEqual([0, 2]);
    expect((await borrow(new Tensor('float32', new Float32Array(new SharedArrayBuffer(0)), [0, 2]))).x?.dims).toEqual([
      0, 2,
    ]);
  });

  it('lie nowhere else', async () => {
    await expect(borrow(pair(1, 2))).rejects.toMatchObject({ code: 'ENGINERY_NOT_BORROWABLE' });
    const strange = session.run({ x: pair(1, 2) }, { borrow: 'yes' as never });
    await expect(strange).rejects.toMatchObject({ code: 'ENGINERY_INVALID_OPTION' });
  });

  it('come back in memory of their own where the model passes them through', async () => {
    const x = session.allocateTensor('float32', [1, 2]);
    const { x: same } = await borrow(x);
    (x.data as Float32Array).fill(9);
    expect(valuesOf(same)).toEqual([0, 0]);
  });

  it('are those that the run began with, whatever the object holds later', async () => {
    const heavy = await createSession(heavyModel(50), { backend: 'cpu' });
    const expected = valuesOf((await heavy.run({ x: square(128) })).y);
    const shared = new Float32Array(new SharedArrayBuffer(128 * 128 * 4)).fill(1 / 128);
    const feeds = { x: { type: 'float32', dims: [128, 128], data: shared } };
    const running = heavy.run(feeds, { borrow: true });
    feeds.x.data = new Float32Array(128 * 128) as never;
    expect(valuesOf((await running).y)).toEqual(expected);
    await heavy.dispose();
  });

  it.each(['string', 'float33', undefined])('allocateTensor refuses %s', (type) => {
    expect(() => session.allocateTensor(type as never, [1])).toThrow(
      expect.objectContaining({ code: 'ENGINERY_INVALID_ARGUMENT' }),
    );
    expect(() => session.allocateTensor('float32', [-1])).toThrow();
  });
});

it('takes the tensor itself where there is one input', async () => {
  const { double } = await session.run(pair(3, 4));
  expect(valuesOf(double)).toEqual([6, 8]);
});

describe('time', () => {
  it('is limited, for runs that wait as well, and the session stays usable', async () => {
    const heavy = await openHeavy({ maxConcurrent: 1 });
    const late = [1, 2].map(() => heavy.run({ x: square(256) }, { timeout: 30 }));
    for (const outcome of await Promise.allSettled(late)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'TimeoutError' } });
    }
    expect(valuesOf((await heavy.run({ x: square(1) }, { timeout: 60_000 })).y)).toEqual([1]);
    await heavy.dispose();
  });

  it('is over also where the last operator had begun', async () => {
    const one = await createSession(heavyModel(1), { backend: 'cpu' });
    await expect(one.run({ x: square(1500) }, { timeout: 1 })).rejects.toMatchObject({ name: 'TimeoutError' });
    await one.dispose();
  });

  it('does not hide the reason of a signal, nor leave anything with it', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): number => warnings.push(warning);
    process.on('warning', listen);
    const controller = new AbortController();
    const options = { signal: controller.signal, timeout: 60_000 };
    await Promise.all(Array.from({ length: 30 }, () => session.run(pair(1, 2), options)));
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    const heavy = await openHeavy();
    const running = heavy.run({ x: square(256) }, options);
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(heavy.run({ x: square(1) }, options)).rejects.toThrow('enough');
    await heavy.dispose();
    await turn();
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  it('leaves no clock behind where a run does not begin', async () => {
    const clocks = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = clocks();
    await expect(session.run(pair(1, 2), { borrow: true, timeout: 60_000 })).rejects.toThrow();
    expect(clocks()).toBe(before);
  });

  it.each([0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY, 'soon'])('is no %s', async (timeout) => {
    await expect(session.run(pair(1, 2), { timeout: timeout as number })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_OPTION',
      message: `timeout is ${timeout}, expected milliseconds above 0 and up to 2147483647`,
    });
  });
});

describe('many runs', () => {
  it('wait in turn', async () => {
    const heavy = await createSession(heavyModel(800), { backend: 'cpu', maxConcurrent: 1 });
    const controller = new AbortController();
    const runs = Array.from({ length: 6 }, (_, i) =>
      heavy.run({ x: square(128) }, { signal: i === 2 ? controller.signal : undefined }),
    );
    const begun = heavy.stats();
    controller.abort();
    expect(begun).toMatchObject({ runs: 0, inFlight: 6, queued: 5, queue: null, compute: null });
    const outcomes = await Promise.allSettled(runs);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, true, true, true]);
    const { compute, queue, ...counts } = heavy.stats();
    expect(counts).toMatchObject({ runs: 5, errors: 1, inFlight: 0, queued: 0 });
    expect(compute?.p50).toBeGreaterThan(0);
    expect(queue?.max).toBeGreaterThanOrEqual(compute?.p50 ?? 0);
    await heavy.dispose();
  });

  it('are refused at once where the queue is full', async () => {
    const heavy = await openHeavy({ maxConcurrent: 1, maxQueue: 1 });
    const taken = [heavy.run({ x: square(256) }), heavy.run({ x: square(256) })];
    await expect(heavy.run({ x: square(256) })).rejects.toMatchObject({ code: 'ENGINERY_BUSY', status: 503 });
    expect(heavy.stats()).toMatchObject({ inFlight: 2, errors: 1 });
    const disposing = heavy.dispose();
    expect(heavy.dispose({ cancel: true })).toBe(disposing); // the first call would let them end
    const outcomes = await Promise.allSettled(taken);
    expect(outcomes.map((it) => it.status === 'rejected' && it.reason.name)).toEqual(['AbortError', 'AbortError']);
    await disposing;
    await expect(heavy.run({ x: square(1) })).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' });
    await heavy.dispose();
  });

  it.each([{ maxConcurrent: 0 }, { maxQueue: -1 }, { maxConcurrent: 1.5 }, { threads: 0 }])(
    'are not %j',
    async (limits) => {
      await expect(createSession(MODEL, limits)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_OPTION' });
    },
  );
});
