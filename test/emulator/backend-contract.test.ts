// @module-tag sessions
/** The contract, on emulated GPUs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { backendContract } from '../support/backend-contract.js';
import { EMULATED_BACKENDS, type EmulatedMachine, emulatedMachine } from '../support/emulator.js';

let machine: EmulatedMachine;

beforeAll(async () => {
  machine = await emulatedMachine(await mkdtemp(join(tmpdir(), 'enginery-test-')));
  Object.assign(process.env, machine.env); // this file has a process of its own
});
afterEach(async () => {
  expect(await machine.reports()).toBe('');
});
afterAll(() => rm(machine.folder, { recursive: true, force: true }));

describe.each(EMULATED_BACKENDS)('$title', backendContract);
