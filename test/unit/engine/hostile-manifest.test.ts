/** A manifest lies beside an engine, and comes from whoever the engine comes from. */
import { execFile } from 'node:child_process';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseManifest, readManifest } from '../../../dist/engine/manifest.js';
import { MANIFEST } from '../../support/manifest.js';
import { temporaryFolder } from '../../support/temporary.js';

const INVALID = { code: 'ENGINERY_INVALID_MANIFEST' };

test('every beginning of a manifest is refused', async () => {
  const text = JSON.stringify(MANIFEST);
  for (let length = 0; length < text.length; length++) {
    await expect(parseManifest(text.slice(0, length), 'x.json'), String(length)).rejects.toMatchObject(INVALID);
  }
});

test.each([
  ['ff', 'a byte that UTF-8 has not'],
  ['80', 'a continuation of nothing'],
  ['c0af', 'an overlong slash'],
  ['eda080', 'half a surrogate pair'],
  ['f4908080', 'a character beyond the last'],
])('%s, %s, is no UTF-8', async (hex) => {
  const path = join(await temporaryFolder(), 'x.engine.json');
  const [before = '', after = ''] = JSON.stringify(MANIFEST).split('the gap');
  await writeFile(path, Buffer.concat([Buffer.from(before), Buffer.from(hex, 'hex'), Buffer.from(after)]));
  await expect(readManifest(path)).rejects.toMatchObject({ ...INVALID, message: expect.stringContaining('UTF-8') });
});

test('a file larger than any manifest is not read', async () => {
  const path = join(await temporaryFolder(), 'x.engine.json');
  await writeFile(path, '');
  await truncate(path, 2 ** 33); // sparse
  await expect(readManifest(path)).rejects.toMatchObject({ ...INVALID, message: expect.stringContaining('larger') });
});

test('what is no file is not waited for', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'fifo.json');
  await promisify(execFile)('mkfifo', [path]);
  for (const it of [path, folder]) {
    await expect(readManifest(it)).rejects.toMatchObject({ code: 'ENGINERY_FILE_UNREADABLE' });
  }
});
