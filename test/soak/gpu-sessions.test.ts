// @module-tag emulator
// @module-tag endurance
// @module-tag faults
/** Sessions of several threads on emulated GPUs that fail: right results and expected errors only, and nothing left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, inject, test } from 'vitest';
import { ROOT } from '../support/commands.js';
import { SEED, SHARE } from '../support/soak.js';

const SECONDS = Math.ceil(180 * SHARE);

test(`${SECONDS} s of random runs on GPUs that fail`, async () => {
  const args = ['test/native/stress-gpu.mjs', inject('emulator'), String(SECONDS), String(SEED)];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([0, null]);
});
