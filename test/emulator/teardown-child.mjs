/** A process of teardown.test.ts, or a worker of one: does a task with sessions on emulated GPUs, and prints what came of it. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { attachSession, createSession } from '../../dist/index.js';

const given = isMainThread ? JSON.parse(process.argv[2]) : workerData;
const control = createRequire(import.meta.url)(given.control);

/** What a call needs to come as far as it hangs. */
const SOON = 300;
/** Rows of a run, and those that make memory scarce: 64 MiB. */
const [FEW, MANY] = [4, 2 ** 20];
const profiles = [{ x: { min: [1, 16], opt: [FEW, 16], max: [MANY, 16] } }];

const open = (options = {}) => createSession(given.model, { backend: 'gpu', engine: { profiles }, ...options });
const tell = (what) => console.log(JSON.stringify(what));
const start = (data) => new Worker(new URL(import.meta.url), { workerData: { ...given, ...data } });

/** Runs `y = x + x` and gives 'right', or the error's code. */
async function outcome(session, rows = FEW, value = 1) {
  try {
    const { y } = await session.run({
      x: { type: 'float32', dims: [rows, 16], data: new Float32Array(rows * 16).fill(value) },
    });
    return y.data.length === rows * 16 && y.data.every((it) => it === 2 * value) ? 'right' : 'wrong';
  } catch (error) {
    return error.code ?? error.name;
  }
}

const count = (outcomes) =>
  Object.fromEntries([...new Set(outcomes)].sort().map((it) => [it, outcomes.filter((other) => other === it).length]));

/** Memory is given back by threads of ours, some moments after the last promise. */
async function nothingLives() {
  for (let waited = 0; control.live() !== '' && waited < 5000; waited += 50) await sleep(50);
  return control.live();
}

/** Has a call of the driver, TensorRT or the GPU hang, while it loads, runs or disposes. Gives whether that ended all the same. */
async function hang({ settings, during }) {
  const session = await open();
  if (during === 'dispose') await outcome(session);
  const x = { type: 'float32', dims: [FEW, 16], data: new Float32Array(FEW * 16) };
  const { y } = during === 'runAndDownload' ? await session.run({ x }, { outputs: { y: 'cuda' } }) : {};
  control.set(settings);
  let ended = false;
  const begin = {
    load: () => open({ device: 1 }),
    run: () => outcome(session),
    runAndDownload: () => Promise.race([outcome(session), y.download()]),
    dispose: () => session.dispose(),
  };
  begin[during]().then(() => {
    ended = true;
  });
  await sleep(SOON);
  return ended;
}

const TASKS = {
  async exit() {
    const ended = await hang(given);
    tell({ ended, now: Date.now() });
    process.exit(7);
  },

  /** Two sessions wait for GPU 0, which does not answer; GPU 1 does. */
  async loadElsewhere() {
    await (await open({ device: 1 })).dispose(); // there is an engine now
    await nothingLives();
    control.set('hang cuDevicePrimaryCtxRetain 1');
    const given = { signal: AbortSignal.timeout(500) };
    const names = Promise.all([open(given), open(given)].map((it) => it.catch(({ name }) => name)));
    await sleep(SOON);
    const elsewhere = await outcome(await open({ device: 1 }));
    tell({ elsewhere, names: await names });
    process.exit(0);
  },

  async terminate() {
    const worker = start({ task: 'hangUntilTerminated' });
    await once(worker, 'message');
    const began = performance.now();
    await worker.terminate();
    tell({ took: performance.now() - began, now: Date.now() });
    process.exit(7);
  },
  async hangUntilTerminated() {
    await hang(given);
    parentPort.postMessage('hangs');
  },

  /** Nobody waits for the runs, nobody disposes of the sessions. */
  async leave() {
    control.set('latency launch=1ms');
    const outcomes = [];
    for (const device of [0, 1]) {
      const session = await open({ device });
      for (let i = 0; i < 20; i++) void outcome(session, FEW, i).then((it) => outcomes.push(it));
    }
    process.on('exit', () => tell(count(outcomes)));
  },

  async terminateInMidRun() {
    const session = await open();
    const outcomes = [];
    for (let round = 0; round < 4; round++) {
      const handles = [session.handle, session.handle, undefined];
      const workers = handles.map((handle) => start({ task: 'runUntilTerminated', handle }));
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      for (const worker of workers) {
        outcomes.push(await outcome(session));
        await sleep(5 * round);
        await worker.terminate();
      }
    }
    await session.dispose();
    tell({ outcomes: count(outcomes), live: await nothingLives() });
  },
  /** On memory that JavaScript has too, with a session of its own or another thread's. */
  async runUntilTerminated() {
    const session = given.handle ? await attachSession(given.handle) : await open({ device: 1 });
    const x = { type: 'float32', dims: [FEW, 16], data: new Float32Array(new SharedArrayBuffer(FEW * 64)) };
    const y = session.allocateTensor('float32', [FEW, 16]);
    parentPort.postMessage('runs');
    for (;;)
      await Promise.all(
        [1, 2, 3, 4].map((i) => session.run({ x }, { borrow: true, outputs: i > 1 ? undefined : { y } })),
      );
  },

  async loseDevice() {
    const sessions = [await open(), await open({ maxConcurrent: 1 })];
    const other = await open({ device: 1 });
    for (const session of [...sessions, other]) await outcome(session);
    const before = other.run({ x: { type: 'float32', dims: [1, 16], data: new Float32Array(16).fill(3) } });
    await before;
    control.set('latency launch=2ms\nfail launch 5 719');
    const pending = sessions.flatMap((session) => Array.from({ length: 10 }, () => outcome(session)));
    const outcomes = count(await Promise.all(pending));
    const next = await Promise.all(sessions.map((session) => outcome(session)));
    const others = await Promise.all([outcome(other), outcome(other)]);
    const reopen = async () =>
      open().then(
        async (session) => {
          const result = await outcome(session);
          await session.dispose();
          return result;
        },
        ({ code }) => code,
      );
    const whileHeld = await reopen();
    await Promise.all(sessions.map((session) => session.dispose()));
    const afterwards = await reopen();
    const still = await outcome(other);
    await other.dispose();
    tell({ outcomes, next, others, whileHeld, afterwards, still, live: await nothingLives() });
  },

  async runOutOfMemory() {
    const session = await open();
    const before = await outcome(session);
    const large = await outcome(session, MANY);
    const after = await outcome(session);
    const failures = [];
    for (const name of ['cuMemAlloc', 'cuMemHostAlloc']) {
      for (let nth = 1; nth <= 2; nth++) {
        control.set(`reset\nfail ${name} ${nth} 2`);
        const fresh = await open({ device: 1, maxConcurrent: 1 }).catch(({ code }) => ({ code }));
        const outcomes = fresh.code === undefined ? [await outcome(fresh), await outcome(fresh)] : [fresh.code];
        failures.push([name, nth, ...outcomes]);
        await fresh.dispose?.();
      }
    }
    await session.dispose();
    tell({ before, large, after, failures, live: await nothingLives() });
  },
};

await TASKS[given.task]();
