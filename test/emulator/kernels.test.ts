// @module-tag kernels
// @module-tag faults
/** What TensorRT-RTX compiled is there for the next process, however the one before has ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { LogLine, SessionOptions } from '../../dist/index.js';
import { command, ROOT } from '../support/commands.js';
import { type EmulatedMachine, emulatedMachine } from '../support/emulator.js';
import { temporaryFolder } from '../support/temporary.js';

/** Opens the digits model, runs it for so many rows, tells what was logged, and ends when its standard input does. */
const SCRIPT = `
  const { createSession } = await import('${new URL('../../dist/index.js', import.meta.url).href}');
  const [rows, options] = JSON.parse(process.argv[1]);
  const log = [];
  const profiles = [{ image: { min: [1, 1, 28, 28], opt: [1, 1, 28, 28], max: [8, 1, 28, 28] } }];
  const session = await createSession('${join(ROOT, 'examples/digits/digits.onnx')}', {
    backend: 'tensorrt-rtx', engine: { profiles }, onLog: (line) => log.push(line), ...options,
  });
  await session.run({ image: { type: 'float32', dims: [rows, 1, 28, 28], data: new Float32Array(rows * 784) } });
  await new Promise((resolve) => process.stdin.once('end', resolve).resume());
  await session.dispose();
  await new Promise((resolve) => setTimeout(resolve, 50)); // lines come on their own way
  console.log(JSON.stringify(log));`;

const argumentsOf = (rows: number, options: SessionOptions): string[] => [
  '--input-type=module',
  '-e',
  SCRIPT,
  JSON.stringify([rows, options]),
];

const machine = async (): Promise<EmulatedMachine> => emulatedMachine(await temporaryFolder(), '', ['rtx']);

async function logOf({ env }: EmulatedMachine, rows: number, options: SessionOptions): Promise<readonly LogLine[]> {
  const { status, stdout, stderr } = await command(process.execPath, argumentsOf(rows, options), {
    env: { ...process.env, ...env },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

const compiles = (lines: readonly LogLine[]): boolean => lines.some(({ message }) => /Compiled kernels/.test(message));

/** The files of kernels, when somebody has saved some. */
async function saved({ env }: EmulatedMachine): Promise<string[]> {
  const folder = join(env.XDG_CACHE_HOME as string, 'enginery/kernels');
  for (let waited = 0; waited < 20_000; waited += 20) {
    const files = await readdir(folder).catch(() => []);
    if (files.length === 1 && files[0]?.endsWith('.cache')) return files;
    await sleep(20);
  }
  return readdir(folder);
}

it('a process that is killed after its first run has not compiled in vain', async () => {
  const there = await machine();
  const child = spawn(process.execPath, argumentsOf(2, {}), {
    env: { ...process.env, ...there.env },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  expect(await saved(there)).toHaveLength(1);
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(compiles(await logOf(there, 2, { logSeverity: 'verbose' }))).toBe(false);
  expect(compiles(await logOf(there, 3, { logSeverity: 'verbose' }))).toBe(true);
  expect(await there.reports()).toBe('');
});

it('processes that save at once leave what each of them compiled', async () => {
  const there = await machine();
  await logOf(there, 1, {}); // there is an engine now
  await Promise.all([2, 3, 4].map((rows) => logOf(there, rows, {})));
  for (const rows of [1, 2, 3, 4]) {
    expect(compiles(await logOf(there, rows, { logSeverity: 'verbose' }))).toBe(false);
  }
  expect(await there.reports()).toBe('');
});

it('a folder that cannot be made costs the kernels, and one line of the log', async () => {
  const there = await machine();
  await logOf(there, 1, {}); // there is an engine now
  const folder = join(there.env.XDG_CACHE_HOME as string, 'enginery/kernels');
  await rm(folder, { recursive: true });
  await writeFile(folder, '');
  const kept = (lines: readonly LogLine[]): unknown[] => lines.filter(({ message }) => message.includes(folder));
  expect(kept(await logOf(there, 2, {}))).toEqual([
    { severity: 'warning', message: expect.stringMatching(/kernels/i) },
  ]);
  expect(kept(await logOf(there, 2, { logSeverity: 'error' }))).toEqual([]);
});
