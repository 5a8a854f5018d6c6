// @module-tag build
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { discard, temporaryFile, writeTemporary } from '../../dist/engine/temporary-file.js';
import { temporaryFolder } from '../support/temporary.js';

test('a temporary name lies beside the output and is short enough for any file system', async () => {
  const path = temporaryFile(join('some', 'ü'.repeat(120)));
  expect(path).toMatch(/^some\/\.ü+\.\d+\.[0-9a-f]{12}\.tmp$/);
  expect(Buffer.byteLength(path)).toBeLessThan(160);
  await discard(path);
});

test('text is written whole, and gone once discarded', async () => {
  const folder = await temporaryFolder();
  const path = await writeTemporary(join(folder, 'x.engine.json'), '{}');
  expect(await readFile(path, 'utf8')).toBe('{}');
  await discard(path);
  expect(await readdir(folder)).toEqual([]);
});

test('what cannot be written is an error, and leaves nothing', async () => {
  await expect(writeTemporary(join('nowhere', 'x.json'), '{}')).rejects.toMatchObject({
    code: 'ENGINERY_OUTPUT_UNWRITABLE',
  });
});

test('a worker that is terminated takes its temporary files along', async () => {
  const folder = await temporaryFolder();
  const script = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { writeTemporary } = await import(workerData.module);
    parentPort.postMessage(await writeTemporary(workerData.output, 'half'));
    setInterval(() => {}, 1000);
  `;
  const file = join(folder, 'worker.mjs');
  await writeFile(file, script);
  const worker = new Worker(file, {
    workerData: {
      module: new URL('../../dist/engine/temporary-file.js', import.meta.url).href,
      output: join(folder, 'x.json'),
    },
  });
  const path = await new Promise<string>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  expect(existsSync(path)).toBe(true);
  await worker.terminate();
  expect(await readdir(folder)).toEqual([basename(file)]);
});
