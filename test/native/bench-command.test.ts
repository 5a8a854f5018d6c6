// @module-tag commands
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command, type Finished } from '../support/commands.js';
import { heavyModel } from '../support/heavy-model.js';
import { identity } from '../support/models.js';
import { temporaryFolder } from '../support/temporary.js';

const MODEL = 'examples/digits/digits.onnx';
const QUICK = ['--warmUp', '0', '--duration', '0', '--iterations', '20'];

const bench = (...args: string[]): Promise<Finished> =>
  command(process.execPath, ['dist/cli/main.js', 'bench', ...args]);

const json = async (...args: string[]): Promise<ReturnType<typeof JSON.parse>> => {
  const { status, stdout, stderr } = await bench(...args, '--json');
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
};

const SUMMARY = {
  min: expect.any(Number),
  max: expect.any(Number),
  mean: expect.any(Number),
  median: expect.any(Number),
};
const ZEROS = { min: 0, max: 0, mean: 0, median: 0 };

describe('enginery bench', () => {
  it("prints trtexec's metrics as a table, and the rest on stderr", async () => {
    const { status, stdout, stderr } = await bench(MODEL, ...QUICK, '--percentile', '50,99.9', '--avgRuns', '10');
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 2).every((line) => /^Average on 10 runs: Latency \d+\.\d{3} ms/.test(line))).toBe(true);
    expect(lines[2]).toMatch(/^Throughput: \d+\.\d+ qps$/);
    expect(lines[3]).toMatch(/^ms +min +max +mean +median +50% +99\.9%$/);
    for (const [i, name] of ['Latency', 'Enqueue Time', 'Compute Time'].entries()) {
      expect(lines[4 + i]).toMatch(new RegExp(`^${name}( +\\d+\\.\\d{3}){6}$`));
    }
    expect(lines[7]).toBe('H2D and D2H Latency: 0 on the CPU, where nothing is transferred');
    expect(lines[8]).toMatch(/^Total Host Walltime: \d+\.\d{3} s for 20 runs$/);
    expect(stderr).toMatch(/^running on onnxruntime/m);
    expect(stderr).toContain('image: float32 [1, 1, 28, 28]');
  });

  it('prints one JSON document', async () => {
    const result = await json(
      MODEL,
      ...QUICK,
      '--infStreams',
      '2',
      '--shapes',
      'image:3x1x28x28',
      '--percentile',
      '90',
    );
    expect(result).toEqual({
      backend: expect.objectContaining({ name: 'onnxruntime' }),
      inputs: [{ name: 'image', type: 'float32', dims: [3, 1, 28, 28] }],
      runs: 20,
      warmUpRuns: 0,
      seconds: expect.any(Number),
      throughput: expect.any(Number),
      latency: { ...SUMMARY, percentiles: { '90': expect.any(Number) } },
      enqueue: { ...SUMMARY, percentiles: { '90': expect.any(Number) } },
      h2d: { ...ZEROS, percentiles: { '90': 0 } },
      compute: { ...SUMMARY, percentiles: { '90': expect.any(Number) } },
      d2h: { ...ZEROS, percentiles: { '90': 0 } },
    });
    expect(result.throughput).toBeCloseTo(result.runs / result.seconds);
  });

  it('runs at a rate', async () => {
    const { runs, seconds } = await json(MODEL, ...QUICK, '--rate', '200', '--seed', '2');
    expect(runs).toBe(20);
    // 20 arrivals at 200 per second take a tenth of a second on average; the seed settles how long these take.
    expect(seconds).toBeGreaterThan(0.05);
  });

  it('sweeps batch sizes', async () => {
    const { stdout } = await bench(MODEL, '--batches', '1,4', '--iterations', '5');
    expect(stdout).toMatch(/^batch {2}average ms {2}samples\/s\n1( +\d+\.\d+){2}\n4( +\d+\.\d+){2}\n$/);
    const { batches } = await json(MODEL, '--batches', '2');
    expect(batches).toMatchObject([{ batch: 2, runs: 100, warmUpRuns: 10, samplesPerSecond: expect.any(Number) }]);
  });

  it('compares with onnxruntime-node in rounds', async () => {
    const { rounds, ratio, enginery, against } = await json(MODEL, '--against', 'onnxruntime-node', ...QUICK);
    expect(rounds).toBe(10);
    expect(ratio).toEqual({ throughput: expect.any(Number), latency: expect.any(Number) });
    expect([enginery.runs, against.runs]).toEqual([20, 20]);
    expect(against).toMatchObject({ name: 'onnxruntime-node', version: expect.stringMatching(/^1\.\d+\.\d+/) });
    for (const { eventLoop } of [enginery, against]) {
      expect(eventLoop).toBeGreaterThan(0);
      expect(eventLoop).toBeLessThanOrEqual(1);
    }
    const { stdout, stderr } = await bench(MODEL, '--against', 'onnxruntime-node', ...QUICK);
    expect(stdout).toMatch(
      /^enginery to onnxruntime-node: throughput \d+\.\d{3}, latency \d+\.\d{3} \(median over 10/m,
    );
    expect(stderr).toContain('which blocks the event loop while it runs');
  });

  it('says what to install where onnxruntime-node is absent', async () => {
    const folder = await temporaryFolder();
    const hook = `export async function resolve(name, context, next) {
      if (name !== 'onnxruntime-node') return next(name, context);
      throw Object.assign(new Error('absent'), { code: 'ERR_MODULE_NOT_FOUND' });
    }`;
    const register = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${hook}`)});`;
    await writeFile(join(folder, 'register.mjs'), register);
    const args = ['--import', join(folder, 'register.mjs'), 'dist/cli/main.js', 'bench', MODEL];
    const { status, stderr } = await command(process.execPath, [...args, '--against', 'onnxruntime-node']);
    expect(status).toBe(1);
    expect(stderr).toContain('hint: npm i onnxruntime-node\ncode: ENGINERY_DEPENDENCY_MISSING');
  });

  it("exports times and outputs in trtexec's schemas", async () => {
    const folder = await temporaryFolder();
    const [times, output] = [join(folder, 'times.json'), join(folder, 'output.json')];
    await json(MODEL, ...QUICK, '--exportTimes', times, '--exportOutput', output);
    const runs = JSON.parse(await readFile(times, 'utf8'));
    expect(runs).toHaveLength(20);
    const keys = 'startEnqMs endEnqMs startH2dMs endH2dMs startComputeMs endComputeMs startD2hMs endD2hMs';
    expect(Object.keys(runs[0]).join(' ')).toBe(`${keys} h2dMs computeMs d2hMs latencyMs`);
    for (const run of runs) expect(run.startEnqMs).toBeLessThanOrEqual(run.endComputeMs);
    const outputs = JSON.parse(await readFile(output, 'utf8'));
    expect(outputs).toEqual([{ name: 'logits', dimensions: '1x10', values: Array(10).fill(expect.any(Number)) }]);
  });

  it("exports times of layers in trtexec's schema, and prints the costliest", async () => {
    const folder = await temporaryFolder();
    const [file, model] = [join(folder, 'profile.json'), join(folder, 'model.onnx')];
    await writeFile(model, heavyModel(12));
    const args = [model, ...QUICK, '--shapes', 'x:64x64', '--exportProfile', file];
    const { status, stdout, stderr } = await bench(...args);
    expect(status, stderr).toBe(0);
    const lines = stdout.trimEnd().split('\n').slice(-13);
    expect(lines[0]).toBe('Layers, over 20 profiled runs: 10 of 12');
    expect(lines[1]).toMatch(/^layer +operator +mean ms +median ms +%$/);
    for (const line of lines.slice(2, -1))
      expect(line).toMatch(/^MatMul_\w+ +MatMul +\d+\.\d{3} +\d+\.\d{3} +\d+\.\d$/);
    expect(lines.at(-1)).toMatch(/^all +\d+\.\d{3} +100\.0$/);
    const [count, ...layers] = JSON.parse(await readFile(file, 'utf8'));
    expect(count).toEqual({ count: 20 });
    expect(layers).toHaveLength(12);
    for (const layer of layers) {
      expect(Object.keys(layer).join(' ')).toBe('name timeMs averageMs medianMs percentage');
      expect(layer.averageMs).toBeCloseTo(layer.timeMs / 20);
    }
    expect(layers.reduce((sum: number, { percentage }: { percentage: number }) => sum + percentage, 0)).toBeCloseTo(
      100,
    );
  });

  it('loads inputs: images, and the bytes of the elements as trtexec takes them', async () => {
    const folder = await temporaryFolder();
    const image = ['--loadInputs', 'image:examples/digits/samples/7-0.png'];
    const output = join(folder, 'output.json');
    await json(MODEL, ...QUICK, ...image, '--exportOutput', output);
    const [{ values }] = JSON.parse(await readFile(output, 'utf8'));
    expect(values.indexOf(Math.max(...values))).toBe(7);

    const model = join(folder, 'identity.onnx');
    const bytes = join(folder, 'x.bin');
    await writeFile(model, identity());
    await writeFile(bytes, new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer));
    const raw = ['--loadInputs', `'x':${bytes}`];
    await json(model, ...QUICK, ...raw, '--shapes', 'x:2x3', '--exportOutput', output);
    expect(JSON.parse(await readFile(output, 'utf8'))).toEqual([
      { name: 'y', dimensions: '2x3', values: [1, 2, 3, 4, 5, 6] },
    ]);
    const short = await bench(model, ...QUICK, ...raw);
    expect(short.status).toBe(2);
    expect(short.stderr).toContain('has 24 bytes, and float32 [1, 3] takes 12');
  });

  it('ends with 130 on Ctrl-C', async () => {
    for (const way of [[], ['--rate', '5'], ['--against', 'onnxruntime-node']]) {
      const child = spawn(process.execPath, ['dist/cli/main.js', 'bench', MODEL, '--duration', '600', ...way], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (!stderr.includes('% ') && `${stderr}${text}`.includes('% ')) child.kill('SIGINT');
        stderr += text;
      });
      const [status] = await once(child, 'close');
      expect(status, stderr).toBe(130);
      expect(stderr).toMatch(/interrupted\n$/);
    }
  });

  it.each<[string, string[], number, string]>([
    ['an unknown input', ['--loadInputs', 'img:x.npy'], 2, "with one of the model's inputs: image"],
    ['a missing file', ['--loadInputs', 'image:none.bin'], 1, 'none.bin does not exist'],
    ['shapes that do not fit', ['--shapes', 'image:1x3x28x28'], 2, 'image is [batch, 1, 28, 28]'],
    ['no iterations', ['--iterations', '0'], 2, '--iterations 0: expected a whole number from 1 on'],
    ['a negative duration', ['--duration=-1'], 2, '--duration -1: expected a number from 0 on'],
    ['a rate of nothing', ['--rate', '0'], 2, 'rate is 0, expected runs per second, above 0'],
    ['a strange percentile', ['--percentile', '101'], 2, 'percentiles is 101'],
    ['an unknown opponent', ['--against', 'tensorflow'], 2, 'onnxruntime-node'],
    ['a sweep at a rate', ['--batches', '1', '--rate', '5'], 2, '--batches and --rate exclude each other'],
    [
      'no times of layers',
      ['--exportProfile', 'p.json', '--backend', 'onnxruntime-worker'],
      2,
      'onnxruntime-worker gives no times of layers',
    ],
    ['times of layers in a sweep', ['--batches', '1', '--exportProfile', 'p.json'], 2, '--exportProfile exclude each'],
    ['a folder that is not there', [...QUICK, '--exportTimes', '/nowhere/t.json'], 1, 'ENGINERY_OUTPUT_UNWRITABLE'],
  ])('says what is wrong with %s', async (_what, args, status, message) => {
    const result = await bench(MODEL, ...args);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ status, stdout: '' });
  });
});
