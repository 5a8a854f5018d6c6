/**
 * The addon under stress, for the sanitizers: workers that build and are terminated in the middle, builds that are
 * aborted, processes that exit during a build, and sessions. Nothing may crash, hang or leave a temporary file.
 *
 * Runs on the built package and the real TensorRT-RTX; `npm run test:native` starts it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { buildEngine, createSession, setBuildConcurrency, Tensor } from '../../dist/index.js';
import { stressSessions } from './stress-sessions.mjs';

const MODEL = fileURLToPath(new URL('../../examples/digits/digits.onnx', import.meta.url));
const ROUNDS = 6;
const WORKERS = 4;

const build = (folder, name, signal) => buildEngine(MODEL, { output: join(folder, `${name}.engine`), signal });

/** In a worker: builds and runs without end, until terminated. */
async function work({ folder, worker }) {
  const session = await createSession(MODEL, { backend: 'cpu' });
  for (let i = 0; ; i++) {
    const feed = new Tensor('float32', new Float32Array(28 * 28), [1, 1, 28, 28]);
    await Promise.all([build(folder, `worker-${worker}-${i}`), session.run({ image: feed })]);
  }
}

/** Rounds of workers, each ended at another moment of its life. */
async function terminateWorkers(folder) {
  for (let round = 0; round < ROUNDS; round++) {
    const workers = Array.from(
      { length: WORKERS },
      (_, worker) => new Worker(new URL(import.meta.url), { workerData: { folder, worker: round * WORKERS + worker } }),
    );
    for (const worker of workers) {
      worker.on('error', (error) => {
        throw error;
      });
    }
    await Promise.all(workers.map((worker) => once(worker, 'online')));
    await Promise.all(
      workers.map(async (worker, index) => {
        await sleep(100 + 150 * round + 40 * index);
        await worker.terminate();
      }),
    );
  }
}

async function abortBuilds(folder) {
  for (let i = 0; i < 10; i++) {
    const outcome = await build(folder, `aborted-${i}`, AbortSignal.timeout(5 + 15 * i)).catch((error) => error.name);
    if (typeof outcome === 'string' && outcome !== 'TimeoutError') throw new Error(`aborting gave ${outcome}`);
  }
}

/** Child processes that call process.exit(7) during a build, their own or that of a worker they know nothing of. */
async function exitDuringBuilds(folder, who) {
  for (const delay of [30, 90, 150, 250, 400]) {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), who, folder, String(delay)], {
      stdio: 'inherit',
      // An exit in the middle frees nothing, V8's own memory included: only errors count there, not leaks.
      env: { ...process.env, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:detect_leaks=0` },
    });
    const [code, signal] = await once(child, 'exit');
    if (code !== 7) throw new Error(`${who}, process.exit(7) ${delay} ms into a build: ended with ${signal ?? code}`);
  }
}

/** A cancelled build goes on to its next progress step before its thread has let go. */
async function nothingLeft(folder) {
  for (let waited = 0; ; waited += 100) {
    const left = (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
    if (left.length === 0) return;
    if (waited > 20_000) throw new Error(`left behind: ${left.join(', ')}`);
    await sleep(100);
  }
}

async function main() {
  const folder = await mkdtemp(join(tmpdir(), 'enginery-stress-'));
  setBuildConcurrency(2);
  await build(folder, 'first');
  await abortBuilds(folder);
  await exitDuringBuilds(folder, 'exit');
  await exitDuringBuilds(folder, 'exit-over-worker');
  await terminateWorkers(folder);
  await stressSessions();
  await build(folder, 'last');
  await nothingLeft(folder);
  await rm(folder, { recursive: true });
  console.log('stress: no crash, no hang, nothing left behind');
}

if (!isMainThread) {
  await work(workerData);
} else if (process.argv[2] === 'exit') {
  const [folder, delay] = process.argv.slice(3);
  build(folder, `exit-${delay}`).catch(() => {});
  setTimeout(() => process.exit(7), Number(delay));
} else if (process.argv[2] === 'exit-over-worker') {
  const [folder, delay] = process.argv.slice(3);
  const worker = new Worker(new URL(import.meta.url), { workerData: { folder, worker: `exit-${delay}` } });
  worker.once('online', () => setTimeout(() => process.exit(7), 300 + Number(delay)));
} else {
  await main();
}
