/**
 * Opens sessions, has workers share them for very many runs, and sends what the workers counted and the resident memory at
 * half time and at the end: in both, the sessions are open, nothing runs, and the garbage is gone.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createSession } from '../../dist/index.js';
import { residentMemory } from './resident-memory.mjs';

/** Runs under way at a time in a worker: more than there are slots, so that some wait. */
const LANES = 8;
const TELL_EVERY_MS = 15_000;

const [{ models, known, seed, runs, workers }] = await once(process, 'message');
const sessions = [];
const handles = {};
for (const [name, model] of Object.entries(models)) {
  // ONNX Runtime's arena keeps the most that runs ever needed together: 10 MB more, whenever chance has two large ones meet.
  const onnxruntime = { enableCpuMemArena: false };
  const session = await createSession(model, { backend: 'onnxruntime-native', onnxruntime });
  sessions.push(session);
  handles[name] = session.handle;
}

const progress = new Int32Array(new SharedArrayBuffer(4));
const began = performance.now();
const timer = setInterval(() => {
  const seconds = Math.round((performance.now() - began) / 1000);
  const memory = Math.round(process.memoryUsage.rss() / 2 ** 20);
  console.log(`${Atomics.load(progress, 0)} of ${runs} runs after ${seconds} s, ${memory} MB`);
}, TELL_EVERY_MS);

const threads = Array.from({ length: workers }, (_, i) => {
  const data = { handles, known, seed: seed + i * LANES, runs: runs / workers, lanes: LANES, progress };
  const thread = new Worker(new URL('session-runs-worker.mjs', import.meta.url), { workerData: data });
  thread.on('error', (error) => {
    throw error;
  });
  return thread;
});
const reports = () => Promise.all(threads.map(async (thread) => (await once(thread, 'message'))[0]));
const goOn = () => {
  for (const thread of threads) thread.postMessage('go on');
};

await reports();
const half = await residentMemory();
const second = reports();
goOn();
const told = await second;
const end = await residentMemory();
clearInterval(timer);
goOn();
await Promise.all(threads.map((thread) => once(thread, 'exit')));
await Promise.all(sessions.map((session) => session.dispose()));
process.send({ half, end, told });
process.disconnect();
