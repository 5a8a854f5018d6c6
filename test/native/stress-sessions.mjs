/**
 * Sessions under stress: borrowed memory whose owner goes away in the middle of a run, threads that share a session, and a log
 * whose listener goes away.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { attachSession, createSession, Tensor } from '../../dist/index.js';

const MODEL = fileURLToPath(new URL('../../examples/digits/digits.onnx', import.meta.url));
const DIMS = [64, 1, 28, 28]; // a run that takes a while
const FLOATS = 64 * 28 * 28;

/** An Identity from x, float32 [n, 2], to y, float32 [3, 2]: ONNX Runtime remarks on every run that gives another number of rows. */
const REMARKABLE = Buffer.from(
  'CAgSDWVuZ2luZXJ5LXRlc3Q6TAocCgF4EgF5GgpJZGVudGl0eV95IghJZGVudGl0eRIBZ1oUCgF4Eg8KDQgBEgkKAxIBbgoCCAJiEwoBeRIOCgwIARIICgIIAwoCCAJCBAoAEBE=',
  'base64',
);

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

function start(task, data) {
  const worker = new Worker(new URL('stress-session-worker.mjs', import.meta.url), { workerData: { task, ...data } });
  worker.on('error', (error) => {
    throw error;
  });
  return worker;
}

async function terminateInMidRun(handle) {
  const shared = new SharedArrayBuffer(4 * FLOATS);
  for (let round = 0; round < 5; round++) {
    const workers = Array.from({ length: 3 }, () => start('run', { handle, dims: DIMS, shared }));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    for (const worker of workers) {
      await sleep(10 + 7 * round);
      await worker.terminate();
    }
    gc();
    new Float32Array(shared).fill(round);
  }
}

/** What the run began with stays, whatever its owner does meanwhile. */
async function loseMemoryInMidRun(session) {
  const make = [
    () => session.allocateTensor('float32', DIMS),
    () => new Tensor('float32', new Float32Array(new SharedArrayBuffer(4 * FLOATS)), DIMS),
  ];
  const { logits } = await session.run({ image: new Tensor('float32', new Float32Array(FLOATS).fill(0.5), DIMS) });
  for (let i = 0; i < 20; i++) {
    const feeds = { image: { ...make[i % 2]() } };
    feeds.image.data.fill(0.5);
    const running = session.run(feeds, { borrow: true });
    if (i % 2 === 0) take(feeds.image.data.buffer);
    feeds.image.data = null;
    gc();
    make.map((one) => one().data.fill(7)); // what was freed would be had again
    const result = (await running).logits.data;
    if (!result.every((value, at) => value === logits.data[at])) throw new Error('a run read what was not fed');
  }
}

/** Transfers it, if that is possible at all. */
function take(buffer) {
  try {
    structuredClone(buffer, { transfer: [buffer] });
  } catch (error) {
    if (error.name !== 'DataCloneError') throw error;
  }
  buffer.transfer?.();
}

async function shareAndDispose(handle) {
  const workers = Array.from({ length: 4 }, () => start('attach', { handle, dims: DIMS }));
  const codes = await Promise.all(workers.map((worker) => once(worker, 'exit')));
  if (codes.some(([code]) => code !== 0)) throw new Error(`workers that share a session ended with ${codes}`);
}

/** The listener's thread ends while other threads make lines for it: at loading, and at every run. */
async function loseListener() {
  const x = new Tensor('float32', new Float32Array(2), [1, 2]);
  for (let round = 0; round < 5; round++) {
    const worker = start('log', { model: REMARKABLE });
    const [handle] = await once(worker, 'message');
    const session = await attachSession(handle);
    const runs = Array.from({ length: 200 }, () => session.run({ x }));
    await sleep(7 * round);
    await worker.terminate();
    await Promise.all([...runs, session.run({ x })]);
    await session.dispose();
  }
}

export async function stressSessions() {
  const session = await createSession(MODEL, { backend: 'cpu' });
  await terminateInMidRun(session.handle);
  await loseMemoryInMidRun(session);
  await shareAndDispose(session.handle);
  await loseListener();
  await session.dispose();
  const outcome = await attachSession(session.handle).catch((error) => error.code);
  if (outcome !== 'ENGINERY_DISPOSED') throw new Error('a session is left that nobody has');
}
