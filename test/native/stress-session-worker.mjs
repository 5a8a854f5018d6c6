/** A worker of stress-sessions.mjs: does as `workerData.task` says. */
import { parentPort, workerData } from 'node:worker_threads';
import { attachSession, createSession, Tensor } from '../../dist/index.js';

const { task, handle, model, dims = [], shared } = workerData;
const floats = dims.reduce((a, b) => a * b, 1);

/** Runs on borrowed memory without end, until terminated: the feed and the output here, there, and everywhere. */
async function runBorrowed() {
  const session = await attachSession(handle);
  const feeds = () => [
    session.allocateTensor('float32', dims),
    new Tensor('float32', new Float32Array(new SharedArrayBuffer(4 * floats)), dims),
    new Tensor('float32', new Float32Array(shared, 0, floats), dims),
  ];
  const targets = () => [
    session.allocateTensor('float32', [dims[0], 10]),
    new Tensor('float32', new Float32Array(new SharedArrayBuffer(40 * dims[0])), [dims[0], 10]),
    null,
  ];
  parentPort.postMessage('running');
  for (;;) {
    const into = targets();
    await Promise.all(
      feeds().map((image, i) => session.run({ image }, { borrow: true, outputs: { logits: into[i] } })),
    );
  }
}

/** Has the session many times, and lets go of it in every way. */
async function attachAndDispose() {
  for (let i = 0; i < 30; i++) {
    const session = await attachSession(handle);
    const image = session.allocateTensor('float32', dims);
    const runs = [1, 2, 3].map(() => session.run({ image }, { borrow: true }));
    if (i % 3 === 0) await runs[0];
    const outcomes = Promise.allSettled(runs);
    await session.dispose({ cancel: i % 2 === 0 });
    for (const { reason } of await outcomes) if (reason !== undefined && reason.name !== 'AbortError') throw reason;
  }
}

/** Opens a session that others run, and opens more, each of which says much, until terminated. */
async function log() {
  const options = { backend: 'cpu', onLog: () => {} };
  const session = await createSession(model, options);
  parentPort.postMessage(session.handle);
  for (;;) {
    const more = await createSession(model, { ...options, logSeverity: 'verbose' });
    await more.dispose();
  }
}

await { run: runBorrowed, attach: attachAndDispose, log }[task]();
