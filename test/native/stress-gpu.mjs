/**
 * Sessions on emulated GPUs under random stress: rounds of runs in four threads that share sessions of all families of TensorRT, in
 * each of which something happens: a device is lost, memory runs out, a call fails or takes long, engines are refitted, sessions
 * are disposed of, a worker is terminated. Every result is compared with what it must be, every error must be one that the round may bring, and in
 * the end nothing may be left on the devices and no rule of CUDA or TensorRT broken. The first rounds bring each event once, for sure;
 * what may not be missing from the counts has happened.
 *
 *     node stress-gpu.mjs <folder of the emulator> [seconds: ENGINERY_STRESS_SECONDS, or 20] [seed]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createSession } from '../../dist/index.js';
import { seededRandom } from '../../dist/stats/random.js';
import { beginLanes, codeOf } from './stress-gpu-lanes.mjs';
import { FILES, GPU_MODELS, PROFILES } from './stress-gpu-models.mjs';

const SELF = fileURLToPath(import.meta.url);
const WORKERS = 3;
const SESSIONS = 5;
const FAMILIES = {
  rtx: { backend: 'tensorrt-rtx', file: 'libtensorrt_rtx.so.1' },
  ent11: { backend: 'tensorrt', file: 'libnvinfer.so.11' },
  ent10: { backend: 'tensorrt', file: 'libnvinfer.so.10' },
};
/** Of a kind, so that TensorRT builds for one what the other runs. */
const DEVICES = [0, 1].map((ordinal) => `device ${ordinal} name="Emulated GPU" cc=8.9`).join('\n');

const WORKS = ['launch', 'copy', 'cuMemcpyHtoDAsync', 'IExecutionContext::enqueueV3', 'cuEventRecord'];
/** What happens in a round: lines for the emulator, and the codes that runs may end with. */
const EVENTS = {
  nothing: () => ({}),
  loss: ({ oneOf, nth }) => ({
    faults: `fail ${oneOf(['launch', 'copy', 'cuEventSynchronize'])} ${nth()} ${oneOf([700, 719])}`,
    tolerated: ['ENGINERY_DEVICE_LOST'],
  }),
  'too little memory': ({ oneOf, nth }) => ({
    faults: `fail ${oneOf(['cuMemAlloc', 'cuMemHostAlloc'])} ${nth(20)} 2\nfail cuMemAlloc ${nth(40)} 2`,
    tolerated: ['ENGINERY_DEVICE_MEMORY'],
  }),
  failure: ({ oneOf, nth }) => ({
    faults: `fail ${oneOf([...WORKS.slice(2), 'cuStreamCreate', 'cuEventCreate', 'ICudaEngine::createExecutionContext'])} ${nth(20)} 1`,
    tolerated: ['ENGINERY_RUN_FAILED', 'ENGINERY_SESSION_FAILED'],
  }),
  delay: ({ oneOf, nth }) => ({ faults: `delay ${oneOf(WORKS)} ${nth()} 30ms\nlatency copy=20us launch=200us` }),
  refit: () => ({ refits: true, model: 'digits' }),
  disposal: () => ({ disposes: true, tolerated: ['ENGINERY_DISPOSED', 'AbortError'] }),
  termination: () => ({ terminates: true }),
};

/** What must have happened by the end. */
const MUST_HAPPEN = ['right', 'aborted', 'lost devices', 'refits', 'sessions'];

/** Prints where it is, should it hang. */
function watch(seconds) {
  const watchdog = { doing: 'the beginning' };
  const hung = () => {
    console.error(`hangs: ${watchdog.doing}`);
    process.exit(1);
  };
  setTimeout(hung, 1000 * (20 * seconds + 120)).unref();
  return watchdog;
}

async function emulate(emulator, folder, onnxruntime) {
  const settings = join(folder, 'emulator.txt');
  await writeFile(settings, DEVICES);
  Object.assign(process.env, {
    HOME: folder,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    ENGINERY_EMULATOR: settings,
    ENGINERY_CUDA_LIBRARY: join(emulator, 'libcuda.so.1'),
    ENGINERY_ONNXRUNTIME_LIBRARY: onnxruntime, // the emulated TensorRT computes with it
  });
  return createRequire(import.meta.url)(join(emulator, 'control.node'));
}

/** Images and their logits, as the CPU computes them, and the library that did. */
async function knownDigits() {
  const session = await createSession(FILES.digits, { backend: 'onnxruntime-native' });
  const all = Array.from({ length: 10 }, async (_, index) => {
    const image = Float32Array.from({ length: 784 }, (_, i) => ((i * (index + 1)) % 29) / 29);
    const { logits } = await session.run({ image: { type: 'float32', dims: [1, 1, 28, 28], data: image } });
    return { image, logits: logits.data };
  });
  const known = await Promise.all(all);
  await session.dispose();
  return { known, library: session.backend.library };
}

function open(emulator, { family, model, device, maxConcurrent = 2, cudaGraph = false, signal }) {
  const { backend, file } = FAMILIES[family];
  const engine = { library: join(emulator, family, file), profiles: PROFILES[model], refit: model === 'digits' };
  return createSession(FILES[model], { backend, device, maxConcurrent, engine, tensorrt: { cudaGraph }, signal });
}

function newWorker(known) {
  const worker = new Worker(SELF, { workerData: { known } });
  worker.on('error', (error) => {
    throw error;
  });
  return worker;
}

class Stress {
  constructor(emulator, control, random, known) {
    Object.assign(this, { emulator, control, random, known });
    this.workers = Array.from({ length: WORKERS }, () => newWorker(known));
    this.counts = { rounds: 0, sessions: 0, 'not opened': 0 };
  }

  pick = (items) => items[Math.floor(this.random() * items.length)];
  nth = (most = 60) => 1 + Math.floor(this.random() * most);
  seed = () => Math.floor(this.random() * 1e9);
  count(what, more = 1) {
    this.counts[what] = (this.counts[what] ?? 0) + more;
  }

  /** Sessions of any model, family and device, but the first: of `first`. Where calls are planned to fail, it may be those that open one. */
  async open(tolerated, first) {
    const opened = [];
    for (let i = 0; i < SESSIONS; i++) {
      const models = i === 0 && first ? [first] : Object.keys(GPU_MODELS);
      const [model, family, device] = [models, Object.keys(FAMILIES), [0, 1]].map(this.pick);
      const signal = i > 0 && this.random() < 0.1 ? AbortSignal.timeout(this.nth(30)) : undefined;
      try {
        const [maxConcurrent, cudaGraph] = [this.nth(3), this.random() < 0.5];
        const session = await open(this.emulator, { family, model, device, maxConcurrent, cudaGraph, signal });
        opened.push({ session, handle: session.handle, model, device });
      } catch (error) {
        if (!signal?.aborted && !tolerated.includes(codeOf(error))) throw error;
        this.count('not opened');
      }
    }
    this.count('sessions', opened.length);
    return opened;
  }

  /** `certain`: the event hits the first call that it may hit once sessions are open. */
  async round(name, certain) {
    const nth = certain ? () => 1 : this.nth;
    const event = { faults: '', tolerated: [], ...EVENTS[name]({ oneOf: this.pick, nth }) };
    const early = !certain && this.random() < 0.3;
    if (early) this.control.set(event.faults);
    const opened = await this.open(early ? [...event.tolerated, 'ENGINERY_ENGINE_MISMATCH'] : [], event.model);
    if (!early) this.control.set(event.faults);
    const sessions = opened.map(({ session, ...it }) => it);
    const results = sessions.length === 0 ? [] : await this.run(sessions, event, opened);
    await this.confirmLoss(opened, new Set(results.flatMap(({ lost }) => lost)));
    await Promise.all(opened.map(({ session }) => session.dispose({ cancel: this.random() < 0.5 })));
    for (const { counts } of results) for (const [what, count] of Object.entries(counts)) this.count(what, count);
    this.control.set('reset\nlatency copy=0 launch=0');
    await this.nothingIsLeft();
    this.count(`rounds with ${name}`);
    this.count('rounds');
  }

  /** Has the threads run, this one included. One that is terminated tells nothing. */
  async run(sessions, { tolerated, disposes = false, terminates = false, refits = false }, opened) {
    const task = () => ({ sessions, tolerated, disposes, seed: this.seed() });
    const answers = this.workers.map((worker) => once(worker, 'message').then(([began]) => began));
    for (const worker of this.workers) worker.postMessage(task());
    const stop = await beginLanes({ ...task(), known: this.known });
    await Promise.all(answers);
    await sleep(100 + 300 * this.random());
    if (refits) await this.refit(opened);
    if (terminates) {
      const [unlucky] = this.workers.splice(this.nth(WORKERS) - 1, 1);
      await unlucky.terminate();
    }
    const ended = this.workers.map((worker) => once(worker, 'message').then(([result]) => result));
    for (const worker of this.workers) worker.postMessage('stop');
    const results = await Promise.all([stop(), ...ended]);
    while (this.workers.length < WORKERS) this.workers.push(newWorker(this.known));
    return results;
  }

  /** With the weights that they have: results stay right. */
  async refit(opened) {
    const digits = opened.filter(({ model }) => model === 'digits');
    for (let i = 0; i < 3; i++) await Promise.all(digits.map(({ session }) => session.refit(FILES.digits)));
    this.count('refits', 3 * digits.length);
  }

  /** A session whose device is lost stays so, and the other device has nothing of it. */
  async confirmLoss(opened, lost) {
    if (lost.size === 0) return;
    if (lost.size > 1) throw new Error('one device was to be lost, and both are');
    for (const { session, model, device } of opened) {
      const { feeds } = GPU_MODELS[model].make(1, this.random, this.known);
      const code = await session.run(feeds).then(() => 'none', codeOf);
      if (code !== (lost.has(device) ? 'ENGINERY_DEVICE_LOST' : 'none')) {
        throw new Error(`device ${[...lost]} is lost, and a run on device ${device} ends with ${code}`);
      }
    }
    this.count('lost devices');
  }

  async nothingIsLeft() {
    for (let waited = 0; this.control.live() !== ''; waited += 20) {
      if (waited > 20_000) throw new Error(`left on the devices: ${this.control.live()}`);
      await sleep(20);
    }
    if (this.control.reports() !== '') throw new Error(`rules were broken:\n${this.control.reports()}`);
  }

  async end() {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}

/** Processes that call process.exit(7) in the middle of runs. */
async function exitDuringRuns(emulator) {
  for (const delay of [5, 40, 120]) {
    const child = spawn(process.execPath, [SELF, emulator, 'exit', String(delay)], {
      stdio: 'inherit',
      // An exit in the middle frees nothing, V8's own memory included: only errors count there, not leaks.
      env: { ...process.env, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:detect_leaks=0` },
    });
    const [code, signal] = await once(child, 'exit');
    if (code !== 7) throw new Error(`process.exit(7) ${delay} ms into runs: ended with ${signal ?? code}`);
  }
}

async function runUntilExit(emulator, delay) {
  const session = await open(emulator, { family: 'rtx', model: 'floats', device: 0 });
  const { feeds } = GPU_MODELS.floats.make(GPU_MODELS.floats.many, Math.random);
  setTimeout(() => process.exit(7), delay);
  for (;;) await Promise.all([session.run(feeds), session.run(feeds), session.run(feeds)]);
}

async function main(emulator, seconds, seed) {
  console.log(`stress of GPU sessions: ${seconds} s, seed ${seed}`);
  const watchdog = watch(seconds);
  const folder = await mkdtemp(join(tmpdir(), 'enginery-stress-'));
  const { known, library } = await knownDigits();
  const control = await emulate(emulator, folder, library);
  const stress = new Stress(emulator, control, seededRandom(seed), known);
  const end = performance.now() + 1000 * seconds;
  const names = Object.keys(EVENTS);
  for (let round = 0; round < names.length || performance.now() < end; round++) {
    const certain = round < names.length;
    const name = certain ? names[round] : stress.pick(names);
    watchdog.doing = `round ${round}, with ${name}`;
    try {
      await stress.round(name, certain);
    } catch (error) {
      await stress.end(); // else the search for leaks finds what V8 has in them
      throw new Error(`seed ${seed}, ${watchdog.doing}`, { cause: error });
    }
  }
  await stress.end();
  watchdog.doing = 'exit during runs';
  await exitDuringRuns(emulator);
  await rm(folder, { recursive: true });
  for (const [what, count] of Object.entries(stress.counts)) console.log(`  ${what.padEnd(34)} ${count}`);
  const missing = MUST_HAPPEN.filter((what) => !(stress.counts[what] > 0));
  if (missing.length > 0) throw new Error(`seed ${seed}: never happened: ${missing.join(', ')}`);
}

if (!isMainThread) {
  for (;;) {
    const [task] = await once(parentPort, 'message');
    const stop = await beginLanes({ ...task, known: workerData.known });
    const told = once(parentPort, 'message');
    parentPort.postMessage('began');
    await told;
    parentPort.postMessage(await stop());
  }
} else {
  const { ENGINERY_STRESS_SECONDS = '20' } = process.env;
  const [emulator, seconds = ENGINERY_STRESS_SECONDS, seed = String(Math.floor(Math.random() * 1e9))] =
    process.argv.slice(2);
  if (seconds === 'exit') await runUntilExit(resolve(emulator), Number(seed));
  else await main(resolve(emulator), Number(seconds), Number(seed));
}
