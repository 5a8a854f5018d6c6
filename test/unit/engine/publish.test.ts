import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkOutput, publish } from '../../../dist/engine/publish.js';
import { temporaryFolder } from '../../support/temporary.js';

/** A plan and a manifest under temporary names. */
async function written(folder: string, id: string, plan: string, manifest: string): Promise<[string, string]> {
  const paths: [string, string] = [join(folder, `${id}.plan.tmp`), join(folder, `${id}.manifest.tmp`)];
  await Promise.all([writeFile(paths[0], plan), writeFile(paths[1], manifest)]);
  return paths;
}

test('engine and manifest replace older ones, and nothing else is left', async () => {
  const folder = await temporaryFolder();
  const output = join(folder, 'x.engine');
  for (const round of ['one', 'two']) {
    await publish(...(await written(folder, round, round, `manifest ${round}`)), output);
    expect(await readFile(output, 'utf8')).toBe(round);
    expect(await readFile(`${output}.json`, 'utf8')).toBe(`manifest ${round}`);
  }
  expect((await readdir(folder)).sort()).toEqual(['x.engine', 'x.engine.json']);
});

test('engines that are put in place at the same time keep their own manifests', async () => {
  const folder = await temporaryFolder();
  const output = join(folder, 'x.engine');
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      await publish(...(await written(folder, `${index}`, `${index}`, `${index}`)), output);
    }),
  );
  expect(await readFile(output, 'utf8')).toBe(await readFile(`${output}.json`, 'utf8'));
  expect((await readdir(folder)).sort()).toEqual(['x.engine', 'x.engine.json']);
});

test('a failure leaves the old engine', async () => {
  const folder = await temporaryFolder();
  const output = join(folder, 'x.engine');
  await writeFile(output, 'old');
  await mkdir(`${output}.json.next`);
  const files = await written(folder, 'new', 'new', '{}');
  await expect(publish(...files, output)).rejects.toMatchObject({ code: 'ENGINERY_OUTPUT_UNWRITABLE' });
  expect(await readFile(output, 'utf8')).toBe('old');
});

test('what cannot be written is found out before any work', async () => {
  const folder = await temporaryFolder();
  const model = join(folder, 'm.onnx');
  await writeFile(model, '');
  await mkdir(join(folder, 'sub'));
  await symlink(model, join(folder, 'link.onnx'));
  const refused = (output: string, message: RegExp, code = 'ENGINERY_OUTPUT_UNWRITABLE') =>
    expect(checkOutput(output, model)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });

  await refused(join(folder, 'sub'), /it is a folder/);
  await refused(join(folder, 'none', 'x.engine'), /none does not exist/);
  await refused(join(model, 'x.engine'), /is no folder/);
  await refused('/dev/null', /no regular file/);
  await refused(join(folder, 'x'.repeat(250)), /name is too long/);
  await refused(join(folder, 'x'.repeat(5000)), /name is too long/);
  await refused(model, /is the model itself/, 'ENGINERY_INVALID_ARGUMENT');
  await refused(join(folder, 'link.onnx'), /is the model itself/, 'ENGINERY_INVALID_ARGUMENT');
  await expect(checkOutput(join(folder, 'x.engine'), undefined)).resolves.toBeUndefined();
});
