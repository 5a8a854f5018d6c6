// @module-tag sessions
/** What sessions publish by `node:diagnostics_channel`. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, it } from 'vitest';
import { createSession } from '../../dist/session/create-session.js';
import type { Session } from '../../dist/session/session.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { heavyModel } from '../support/heavy-model.js';
import { node } from '../support/onnx-writer.js';
import { small } from '../support/small-models.js';

const MODEL = small([node('Neg', ['x'], ['y'])], {
  inputs: { x: ['float32', ['n', 2]] },
  outputs: { y: ['float32', ['n', 2]] },
});

const rows = (count: number): Tensor => new Tensor('float32', new Float32Array(count * 2), [count, 2]);

type Event = { readonly name: string; readonly session: Session; readonly [detail: string]: unknown };

/** What a session publishes, that `use` makes and gives. */
async function eventsOf(use: () => Promise<Session>): Promise<Event[]> {
  const names = ['load', 'queue', 'run', 'dispose'].map((event) => `enginery:session:${event}`);
  const events: Event[] = [];
  const listen = (message: unknown, name: string | symbol): void => {
    events.push({ ...(message as { session: Session }), name: String(name).replace('enginery:session:', '') });
  };
  for (const name of names) subscribe(name, listen);
  const watched = await use();
  for (const name of names) unsubscribe(name, listen);
  return events.filter((event) => event.session === watched);
}

it('publishes what it does', async () => {
  const events = await eventsOf(async () => {
    const watched = await createSession(MODEL, { backend: 'cpu' });
    await watched.runRows([{ x: rows(1) }, { x: rows(1) }]);
    await watched.run(rows(1));
    await watched.dispose();
    return watched;
  });
  expect(events.map(({ name }) => name)).toEqual(['load', 'run', 'run', 'dispose']);
  expect(events[0]).toMatchObject({ model: null, milliseconds: expect.any(Number) });
  expect(events[1]).toMatchObject({ rows: 2, queueMs: expect.any(Number), computeMs: expect.any(Number) });
});

it('publishes that a run waits, or is refused', async () => {
  const events = await eventsOf(async () => {
    const watched = await createSession(heavyModel(2000), { backend: 'cpu', maxConcurrent: 1, maxQueue: 1 });
    const square = new Tensor('float32', new Float32Array(256 * 256), [256, 256]);
    const runs = Promise.allSettled([1, 2, 3].map(() => watched.run(square)));
    await watched.dispose({ cancel: true });
    await runs;
    return watched;
  });
  const queue = events.filter(({ name }) => name === 'queue');
  expect(queue.map(({ inFlight }) => inFlight)).toEqual([1, 2]);
  const runs = events.filter(({ name }) => name === 'run');
  expect(runs.map(({ error }) => (error as Error).name).sort()).toEqual(['AbortError', 'AbortError', 'EngineryError']);
});
