// @module-tag faults
// @module-tag threads
/** How sessions on a GPU end, by themselves or not: each time in a process of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import type { Family } from '../../dist/libraries/verdict.js';
import { command, ROOT } from '../support/commands.js';
import { type EmulatedMachine, emulatedMachine } from '../support/emulator.js';
import { node } from '../support/onnx-writer.js';
import { small } from '../support/small-models.js';
import { temporaryFolder } from '../support/temporary.js';

const MODEL = small([node('Add', ['x', 'x'], ['y'])], {
  inputs: { x: ['float32', ['n', 16]] },
  outputs: { y: ['float32', ['n', 16]] },
});

interface Ended {
  readonly status: number | null;
  readonly told: Readonly<Record<string, unknown>>;
  readonly stderr: string;
  /** When it was over. */
  readonly at: number;
}

/** Two GPUs of a kind: TensorRT builds for one what the other runs as well. */
const machineWith = async (memory = '24GiB', families?: readonly Family[]): Promise<EmulatedMachine> => {
  const device = `name="Emulated GPU" cc=8.9 memory=${memory}`;
  return emulatedMachine(await temporaryFolder(), `device 0 ${device}\ndevice 1 ${device}`, families);
};

async function perform(machine: EmulatedMachine, task: string, options: object = {}): Promise<Ended> {
  const model = join(machine.folder, 'double.onnx');
  await writeFile(model, MODEL);
  const given = JSON.stringify({ task, model, control: join(inject('emulator'), 'control.node'), ...options });
  const args = [join(ROOT, 'test/emulator/teardown-child.mjs'), given];
  const env = { ...process.env, ...machine.env };
  const { status, stdout, stderr } = await command(process.execPath, args, { env, timeout: 50_000 });
  const at = Date.now();
  const told = stdout.trim() === '' ? {} : JSON.parse(stdout);
  return { status, told, stderr, at };
}

describe('a call that hangs', () => {
  const CALLS: readonly [string, string][] = [
    ['load', 'cuDevicePrimaryCtxRetain'],
    ['load', 'IRuntime::deserializeCudaEngine'],
    ['run', 'ICudaEngine::createExecutionContext'],
    ['run', 'cuStreamCreate'],
    ['run', 'cuMemcpyHtoDAsync'],
    ['run', 'IExecutionContext::enqueueV3'],
    ['run', 'launch'],
    ['run', 'cuEventSynchronize'],
    ['dispose', 'cuStreamDestroy'],
    ['dispose', 'cuMemFree'],
    ['dispose', 'cuDevicePrimaryCtxRelease'],
  ];
  it('keeps no other GPU from loading engines, nor the caller who gives up', async () => {
    const { told, stderr } = await perform(await machineWith(), 'loadElsewhere');
    expect(stderr).toBe('');
    expect(told).toEqual({ elsewhere: 'right', names: ['TimeoutError', 'TimeoutError'] });
  });

  it.each(CALLS)('keeps no process.exit() from ending within 3 s: %s, %s', async (during, call) => {
    const machine = await machineWith();
    const { status, told, at, stderr } = await perform(machine, 'exit', { during, settings: `hang ${call} 1` });
    expect({ status, stderr }).toEqual({ status: 7, stderr: '' });
    if (during !== 'dispose') expect(told.ended).toBe(false); // what is not the user's to wait for is freed later
    expect(at - Number(told.now)).toBeLessThan(3000);
    expect(await machine.reports()).toBe('');
  });

  it.each([
    ['run', 'hang cuEventSynchronize 1'],
    ['runAndDownload', 'hang cuEventSynchronize *'],
  ])('keeps no worker that made it from being terminated: %s', async (during, settings) => {
    const machine = await machineWith();
    const { status, told, at, stderr } = await perform(machine, 'terminate', { during, settings });
    expect({ status, stderr }).toEqual({ status: 7, stderr: '' });
    expect(told.took).toBeLessThan(3000);
    expect(at - Number(told.now)).toBeLessThan(3000);
    expect(await machine.reports()).toBe('');
  });
});

describe.each<[string, readonly Family[]]>([
  ['tensorrt-rtx', ['rtx']],
  ['tensorrt 11', ['ent11']],
  ['tensorrt 10', ['ent10']],
])('%s', (_title, families) => {
  it('a process ends when its runs have, whoever forgot the sessions', async () => {
    const machine = await machineWith('24GiB', families);
    expect(await perform(machine, 'leave')).toMatchObject({ status: 0, stderr: '', told: { right: 40 } });
    expect(await machine.reports()).toBe('');
  });

  it('workers can be terminated while they run', async () => {
    const machine = await machineWith('24GiB', families);
    const ended = await perform(machine, 'terminateInMidRun');
    expect(ended).toMatchObject({ status: 0, stderr: '', told: { outcomes: { right: 12 }, live: '' } });
    expect(await machine.reports()).toBe('');
  });

  it('a lost device takes its sessions with it, and nothing else', async () => {
    const machine = await machineWith('24GiB', families);
    const { status, stderr, told } = await perform(machine, 'loseDevice');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { outcomes, ...rest } = told as { outcomes: Record<string, number> };
    expect(Object.keys(outcomes)).toEqual(['ENGINERY_DEVICE_LOST', 'right']);
    expect(outcomes.right).toBeLessThanOrEqual(4);
    expect(rest).toEqual({
      next: ['ENGINERY_DEVICE_LOST', 'ENGINERY_DEVICE_LOST'],
      others: ['right', 'right'],
      whileHeld: 'ENGINERY_DEVICE_LOST',
      afterwards: 'right',
      still: 'right',
      live: '',
    });
    expect(await machine.reports()).toBe('');
  });

  it('a session lives on where memory runs out', async () => {
    const machine = await machineWith('100MiB', families);
    const { status, stderr, told } = await perform(machine, 'runOutOfMemory');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(told).toEqual({
      before: 'right',
      large: 'ENGINERY_DEVICE_MEMORY',
      after: 'right',
      failures: [
        ['cuMemAlloc', 1, 'ENGINERY_DEVICE_MEMORY'], // TensorRT's, for the engine
        ['cuMemAlloc', 2, 'ENGINERY_DEVICE_MEMORY', 'right'], // TensorRT's, for the first execution context
        ['cuMemHostAlloc', 1, 'ENGINERY_DEVICE_MEMORY', 'right'],
        ['cuMemHostAlloc', 2, 'ENGINERY_DEVICE_MEMORY', 'right'],
      ],
      live: '',
    });
    expect(await machine.reports()).toBe('');
  });
});
