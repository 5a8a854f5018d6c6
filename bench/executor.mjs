/** Runs of an engine on the emulated GPU: what our side of them costs. Of a GPU it says nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildEmulator } from '../scripts/native/emulator.mjs';
import { median, timeProcess } from './measure.mjs';
import { elementwise } from './session-models.mjs';

const INDEX = new URL('../dist/index.js', import.meta.url).href;
const us = (value) => `${value.toFixed(1)} µs`;

/** 4 KB in and out. */
const DIMS = [1, 1024];
const IN_FLIGHT = 32;

// In a process of its own, as the emulator reads its settings when it is loaded.
const IN_NODE = `
  import { monitorEventLoopDelay } from 'node:perf_hooks';
  const { createSession, Tensor } = await import('${INDEX}');
  const session = await createSession(process.argv[1], { backend: 'tensorrt-rtx', trust: true, maxConcurrent: 2 });
  const feed = new Tensor('float32', new Float32Array(${DIMS[1]}).fill(1), [${DIMS}]);
  const runs = async (count) => {
    let left = count;
    const one = async () => { while (left-- > 0) await session.run(feed); };
    await Promise.all(Array.from({ length: ${IN_FLIGHT} }, one));
  };
  await runs(20000);
  const rounds = [];
  for (let round = 0; round < 15; round++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const [cpu, start] = [process.cpuUsage(), performance.now()];
    await runs(40000);
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    delay.disable();
    rounds.push({ us: (user + system) / 40000, perSecond: 40000 / seconds, delayMs: delay.percentile(99) / 1e6 });
  }
  await session.dispose();
  console.log(JSON.stringify(rounds));`;

export default async function run() {
  const emulator = buildEmulator(['executor_bench']);
  const [library, driver] = [join(emulator, 'rtx', 'libtensorrt_rtx.so.1'), join(emulator, 'libcuda.so.1')];
  const folder = await mkdtemp(join(tmpdir(), 'enginery-bench-'));
  const [settings, model, engine] = ['settings', 'model.onnx', 'model.engine'].map((name) => join(folder, name));
  await writeFile(settings, 'inline on\nchecks off\n');
  await writeFile(model, elementwise('Identity', DIMS));
  const onnxruntime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const env = {
    HOME: folder,
    ENGINERY_EMULATOR: settings,
    ENGINERY_CUDA_LIBRARY: driver,
    ENGINERY_TENSORRT_RTX_LIBRARY: library,
    ENGINERY_ONNXRUNTIME_LIBRARY: join(
      onnxruntime,
      `bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime.so.1`,
    ),
  };
  const node = (script, ...args) => timeProcess(process.execPath, ['--input-type=module', '-e', script, ...args], env);
  try {
    await node(
      `const { buildEngine } = await import('${INDEX}');
       await buildEngine(process.argv[1], { output: process.argv[2], library: process.argv[3] });`,
      ...[model, engine, library],
    );
    const core = JSON.parse(
      (await timeProcess(join(dirname(emulator), 'executor_bench'), [library, driver, engine], env)).stdout,
    );
    const rounds = JSON.parse((await node(IN_NODE, engine)).stdout);
    const of = (key) => median(rounds.map((round) => round[key]));
    return [
      row(`process CPU per run, ${IN_FLIGHT} in flight, 2 slots`, us(of('us')), '≤ 12 µs', of('us') <= 12),
      row('runs/s', `${(of('perSecond') / 1000).toFixed(0)} k`, '≥ 80 k', of('perSecond') >= 80_000),
      row(
        'the core alone against a loop written by hand',
        `${core.ratio.toFixed(2)} × (${us(core.us)}, ${us(core.byHandUs)})`,
        '≤ 1.3 ×',
        core.ratio <= 1.3,
      ),
      row('allocations of the core per run', core.allocations.toFixed(2), '0', core.allocations < 0.005),
      row('event-loop delay at full load', `p99 ${of('delayMs').toFixed(1)} ms`, '≤ 2 ms', of('delayMs') <= 2),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function row(what, measured, bar, met) {
  return { what, measured, bar, met };
}
