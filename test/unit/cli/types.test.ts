/** `enginery types` as a process. */
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { typesOf } from '../../../dist/session/types-of.js';
import { command, type Finished, ROOT } from '../../support/commands.js';
import { temporaryFolder } from '../../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const types = (...words: string[]): Promise<Finished> =>
  command(process.execPath, [join(ROOT, 'dist/cli/main.js'), 'types', ...words]);

test('prints the types', async () => {
  expect(await types(DIGITS)).toMatchObject({ status: 0, stdout: await typesOf(DIGITS), stderr: '' });
});

test('writes them to a file, again and again', async () => {
  const path = join(await temporaryFolder(), 'digits.d.ts');
  expect(await types(DIGITS, '--name', 'First', '-o', path)).toMatchObject({ status: 0, stdout: `${path}\n` });
  const { status, stdout } = await types(DIGITS, '--output', path, '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ path, types: await typesOf(DIGITS) });
  expect(await readFile(path, 'utf8')).toBe(await typesOf(DIGITS));
});

test('never replaces the model', async () => {
  const model = join(await temporaryFolder(), 'm.onnx');
  await copyFile(DIGITS, model);
  const { status, stderr } = await types(model, '-o', model);
  expect(status).toBe(2);
  expect(stderr).toContain('is the model itself');
  expect(await readFile(model)).toEqual(await readFile(DIGITS));
});

test.each<[string, string[], number, string]>([
  ['no model', [], 2, "missing required argument 'model'"],
  ['a missing model', ['none.onnx'], 1, 'ENGINERY_FILE_NOT_FOUND'],
  ['a missing engine', ['none.engine'], 1, 'ENGINERY_FILE_NOT_FOUND'],
  ['a name of the language', [DIGITS, '--name', 'class'], 2, 'name is "class", expected an identifier'],
  ['a missing folder', [DIGITS, '-o', '/nowhere/digits.d.ts'], 1, 'ENGINERY_OUTPUT_UNWRITABLE'],
])('says what is wrong with %s', async (_what, words, status, message) => {
  const result = await types(...words);
  expect(result).toMatchObject({ status, stdout: '' });
  expect(result.stderr).toContain(message);
});
