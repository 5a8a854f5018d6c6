// @module-tag engine-cache
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeLock, tryLock } from '../../dist/native/file-lock.js';
import { temporaryFolder } from '../support/temporary.js';

const MODULE = new URL('../../dist/native/file-lock.js', import.meta.url).href;

test('has one holder, in one process too', async () => {
  const path = join(await temporaryFolder(), 'lock');
  const first = await takeLock(path);
  expect(await tryLock(path)).toBeNull();
  first.release();
  const second = await tryLock(path);
  expect(second).not.toBeNull();
  second?.release();
});

test('is waited for, or given up', async () => {
  const path = join(await temporaryFolder(), 'lock');
  const first = await takeLock(path);
  let waits = 0;
  const reason = new Error('enough');
  const controller = new AbortController();
  const given = takeLock(path, { signal: controller.signal, onWait: () => controller.abort(reason) });
  await expect(given).rejects.toBe(reason);
  const second = takeLock(path, {
    onWait: () => {
      waits++;
      first.release();
    },
  });
  (await second).release();
  expect(waits).toBe(1);
});

test('a holder that removes the file lets the next one in', async () => {
  const path = join(await temporaryFolder(), 'lock');
  const first = await takeLock(path);
  const second = takeLock(path);
  await rm(path);
  first.release();
  (await second).release();
});

test('a process that is killed holds nothing', async () => {
  const path = join(await temporaryFolder(), 'lock');
  const script = `const { takeLock } = await import(${JSON.stringify(MODULE)});
    await takeLock(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(await tryLock(path)).toBeNull();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await tryLock(path);
  expect(lock).not.toBeNull();
  lock?.release();
});
