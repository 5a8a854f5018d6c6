// @module-tag streams
// @module-tag commands
/** `enginery bench` on an emulated GPU: what it measures is what was asked for. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { command, ROOT } from '../support/commands.js';
import { emulatedLibrary, machineOfThisFile } from '../support/emulator.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const LAUNCH_MS = 10;

machineOfThisFile(`latency launch=${LAUNCH_MS}ms`);

/** Runs `bench` on TensorRT 11 and gives its JSON. */
async function bench(...args: readonly string[]): Promise<ReturnType<typeof JSON.parse>> {
  const env = { ...process.env, ENGINERY_BACKEND: 'tensorrt', ENGINERY_TENSORRT_LIBRARY: emulatedLibrary('ent11') };
  const flags = ['--warmUp=0', '--duration=0', ...args, '--json'];
  const { status, stdout, stderr } = await command(process.execPath, ['dist/cli/main.js', 'bench', DIGITS, ...flags], {
    cwd: ROOT,
    env,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

it('--infStreams runs so many at a time on the GPU', async () => {
  const rates: number[] = [];
  for (const streams of [2, 8]) {
    const { throughput } = await bench(`--infStreams=${streams}`, '--warmUpRuns=16', `--iterations=${100 * streams}`);
    rates.push((throughput * LAUNCH_MS) / 1000); // runs at a time, if they took no longer than that
  }
  const [two, eight] = rates as [number, number];
  expect(two).toBeLessThanOrEqual(2.1);
  expect(eight).toBeGreaterThan(3);
});

it('gives no times of copies, which are part of computing', async () => {
  const times = join(await temporaryFolder(), 'times.json');
  const result = await bench('--iterations=4', `--exportTimes=${times}`);
  expect(result.compute.min).toBeGreaterThanOrEqual(LAUNCH_MS);
  expect(result).not.toHaveProperty('h2d');
  expect(result).not.toHaveProperty('d2h');
  const [run] = JSON.parse(await readFile(times, 'utf8'));
  expect(Object.keys(run).join(' ')).toBe('startEnqMs endEnqMs startComputeMs endComputeMs computeMs latencyMs');
});
