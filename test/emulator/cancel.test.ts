// @module-tag sessions
/** Sessions on a GPU, which cannot be stopped, that are disposed of during runs. */
import { setTimeout, setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createSession, type RunOptions, type Session, type Tensor } from '../../dist/index.js';
import { floats, identity } from '../support/contract-models.js';
import { machineOfThisFile } from '../support/emulator.js';

machineOfThisFile('latency launch=300ms');

const open = (): Promise<Session> =>
  createSession(identity(['float32'], ['n']), {
    backend: 'gpu',
    engine: { profiles: [{ x0: { min: [1], opt: [2], max: [4] } }] },
    maxConcurrent: 1,
  });

const CANCELLED = { name: 'AbortError' };
/** What it is settled with; `later` where it is not settled within this turn of the event loop. */
const now = (run: Promise<unknown>): Promise<unknown> => Promise.race([run, turn('later')]);

it.each<[string, RunOptions]>([
  ['give their results', {}],
  ['leave them on the GPU', { outputs: { y0: 'cuda' } as never }],
])('runs that %s reject at once when they are cancelled', async (_what, options) => {
  const session = await open();
  const runs = [1, 2].map((value) => session.run(floats(value), options)); // the second waits
  const outcomes = Promise.allSettled(runs);
  await setTimeout(100);
  const disposing = session.dispose({ cancel: true });
  for (const run of runs) await expect(now(run)).rejects.toMatchObject(CANCELLED);
  expect(session.stats()).toMatchObject({ inFlight: 0, errors: 2 });
  expect(await now(disposing)).toBe('later'); // the GPU computes on
  await Promise.all([disposing, outcomes]);
  expect(session.stats().deviceTensors).toEqual({ count: 0, bytes: 0 });
});

it('a run that was aborted keeps its slot, and the next waits, until the GPU is done with it', async () => {
  const session = await open();
  await session.run(floats(1)); // has made all that runs need
  const controller = new AbortController();
  const stopped = session.run(floats(1), { signal: controller.signal });
  await setTimeout(100);
  controller.abort();
  await expect(now(stopped)).rejects.toMatchObject(CANCELLED);
  const next = session.run(floats(2));
  expect(session.stats()).toMatchObject({ inFlight: 1, queued: 1 });
  await next;
  expect(session.stats()).toMatchObject({ inFlight: 0, queued: 0 });
  await session.dispose();
});

it('runs in memory of the caller’s reject when they have left it', async () => {
  const session = await open();
  const own = (): Tensor => session.allocateTensor('float32', [1]);
  const runs = [session.run(own(), { borrow: true }), session.run(floats(1), { outputs: { y0: own() } })];
  const outcomes = Promise.allSettled(runs);
  await setTimeout(100);
  const disposing = session.dispose({ cancel: true });
  expect(await now(runs[0] as Promise<unknown>)).toBe('later');
  for (const { status, ...rest } of await outcomes) expect(rest).toMatchObject({ reason: CANCELLED });
  await disposing;
});
