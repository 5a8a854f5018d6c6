/** Builders of cache entries that are killed at random: whatever moment it is, the cache works on. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { KEY } from '../../dist/engine/cache/cache-folder.js';
import { sweep } from '../../dist/engine/cache/trim.js';
import { output, ROOT } from '../support/commands.js';
import { randomNumbers } from '../support/mutations.js';
import { temporaryFolder } from '../support/temporary.js';
import { tensorrtRtx } from '../support/tensorrt-rtx.js';

const BUILDER = join(ROOT, 'test/support/cache-builder.mjs');
const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const KILLS = 200;
const LANES = 2;

const ask = async (folder: string): Promise<{ path: string; cached: boolean; sha256: string }> =>
  JSON.parse(await output(process.execPath, [BUILDER, DIGITS, folder]));

/** Every entry is whole; what is not, has another name. */
async function wholeEntries(folder: string, sha256: string): Promise<number> {
  const keys = (await readdir(folder).catch(() => [])).filter((name) => KEY.test(name));
  for (const key of keys) {
    const plan = await readFile(join(folder, key, 'digits.engine'));
    const manifest = JSON.parse(await readFile(join(folder, key, 'digits.engine.json'), 'utf8'));
    expect(createHash('sha256').update(plan).digest('hex')).toBe(sha256);
    expect(manifest.plan.sha256).toBe(sha256);
  }
  return keys.length;
}

test(`${KILLS} builders are killed, and the cache gives the right engine`, async (context) => {
  await tensorrtRtx(context);
  vi.stubEnv('XDG_CACHE_HOME', await temporaryFolder());
  const reference = await temporaryFolder();
  const began = performance.now();
  const { sha256 } = await ask(reference);
  const duration = performance.now() - began;

  const ended = { killed: 0, finished: 0, entries: 0 };
  const lane = async (seed: number): Promise<void> => {
    const random = randomNumbers(seed);
    const folder = await temporaryFolder();
    for (let i = 0, kills = 0; kills < KILLS / LANES; i++) {
      const child = spawn(process.execPath, [BUILDER, DIGITS, folder], { stdio: 'ignore' });
      const exit = once(child, 'exit');
      // Most of the time before the end of a build, where an entry is put in place.
      await Promise.race([sleep(duration * (0.2 + 0.9 * random())), exit]);
      child.kill('SIGKILL');
      const [, signal] = await exit;
      if (signal === 'SIGKILL') kills++;
      ended[signal === 'SIGKILL' ? 'killed' : 'finished']++;
      const entries = await wholeEntries(folder, sha256);
      ended.entries += entries;
      // Otherwise all that follow would find it.
      for (const name of await readdir(folder)) if (KEY.test(name)) await rm(join(folder, name), { recursive: true });
      if (i % 20 === 19) expect(await ask(folder)).toMatchObject({ sha256, cached: false });
    }
    expect(await ask(folder)).toMatchObject({ sha256 });
    await sweep(folder);
    expect((await readdir(folder)).filter((name) => !KEY.test(name))).toEqual([]);
  };
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index + 1)));
  console.log(`${ended.killed} killed, ${ended.finished} had finished before; ${ended.entries} left an entry behind`);
  expect(ended.killed).toBe(KILLS);
});
