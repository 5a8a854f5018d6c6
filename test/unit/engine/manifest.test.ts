import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseManifest, readManifest, readManifestOf } from '../../../dist/engine/manifest.js';
import { MANIFEST, PLAN_SHA256 as SHA } from '../../support/manifest.js';
import { temporaryFolder } from '../../support/temporary.js';

test('what was written is read back', async () => {
  const path = join(await temporaryFolder(), 'x.engine.json');
  await writeFile(path, JSON.stringify(MANIFEST));
  expect(await readManifest(path)).toEqual(MANIFEST);
});

test('fields it does not know are left out', async () => {
  const text = JSON.stringify(MANIFEST).replace('{', '{"extra":1,"__proto__":{"polluted":true},');
  const manifest = await parseManifest(text, 'x.json');
  expect(manifest).toEqual(MANIFEST);
  expect('polluted' in manifest).toBe(false);
});

test.each<[string, unknown, RegExp]>([
  ['no JSON', '{', /it is no JSON/],
  ['null', 'null', /not a manifest/],
  ['a list', '[]', /not a manifest/],
  ['no schema', { schema: undefined }, /schema/],
  ['a newer schema', { schema: 2 }, /written by a newer enginery \(schema 2; this one reads up to 1\)/],
  ['a schema of 0', { schema: 0 }, /schema/],
  ['schema as text', { schema: '1' }, /schema/],
  ['a short digest', { plan: { bytes: 1, sha256: 'abc' } }, /plan\.sha256: expected 64 hex digits/],
  ['negative bytes', { plan: { bytes: -1, sha256: SHA } }, /plan\.bytes/],
  ['absurd bytes', { plan: { bytes: 1e300, sha256: SHA } }, /plan\.bytes/],
  ['inputs of another type', { inputs: {} }, /inputs/],
  ['dims of another type', { inputs: [{ ...MANIFEST.inputs[0], dims: [{}] }] }, /inputs\.0\.dims/],
  ['an unknown product', { runtime: { product: 'openvino', version: '1', family: 'rtx' } }, /runtime\.product/],
  ['a date that is none', { created: 'yesterday' }, /created/],
  ['profiles of text', { profiles: [{ image: { min: ['1'], opt: [1], max: [1] } }] }, /profiles/],
])('refuses %s', async (_, change, message) => {
  const text = typeof change === 'string' ? change : JSON.stringify({ ...MANIFEST, ...(change as object) });
  await expect(parseManifest(text, 'some/x.engine.json')).rejects.toMatchObject({
    code: 'ENGINERY_INVALID_MANIFEST',
    message: expect.stringMatching(message),
    details: expect.objectContaining({ path: 'some/x.engine.json' }),
  });
});

test('a manifest that is not there is another error than a broken one', async () => {
  await expect(readManifest(join(await temporaryFolder(), 'x.json'))).rejects.toMatchObject({
    code: 'ENGINERY_FILE_NOT_FOUND',
  });
});

test('the manifest of an engine is the one with its digest, also after a crash between two renames', async () => {
  const engine = join(await temporaryFolder(), 'x.engine');
  expect(await readManifestOf(engine, SHA)).toBeNull();

  const older = { ...MANIFEST, plan: { bytes: 1, sha256: 'c'.repeat(64) } };
  await writeFile(`${engine}.json`, JSON.stringify(older));
  await expect(readManifestOf(engine, SHA)).rejects.toThrow(/describes another engine/);

  await writeFile(`${engine}.json.next`, JSON.stringify(MANIFEST));
  expect(await readManifestOf(engine, SHA)).toEqual(MANIFEST);
  expect(await readManifestOf(engine, older.plan.sha256)).toEqual(older);
});
