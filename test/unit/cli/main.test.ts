/** The command line as a process: exit codes, and what goes to stdout and stderr. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command, type Finished, ROOT } from '../../support/commands.js';

const enginery = (...words: string[]): Promise<Finished> =>
  command(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...words]);

test('--version is the version of the package', async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect(await enginery('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
});

test('--help lists the commands, and each has its own', async () => {
  const { status, stdout } = await enginery('--help');
  expect(status).toBe(0);
  for (const name of ['build', 'run', 'compare', 'inspect', 'doctor', 'setup']) expect(stdout).toContain(`  ${name} `);
  const help = await enginery('help', 'build');
  expect(help).toMatchObject({ status: 0, stderr: '' });
  expect(help.stdout).toContain('--minShapes');
});

test.each([
  [[]],
  [['bild']],
  [['build']],
  [['build', 'm.onnx', '--fp17']],
  [['build', 'm.onnx', '--minShapes=x']],
  [['build', 'm.onnx', '--memPoolSize=workspace:lots']],
  [['build', 'm.onnx', '--useGpu', '--computeCapabilities=89']],
])('wrong usage ends with 2 and says so on stderr: %j', async (words) => {
  const { status, stdout, stderr } = await enginery(...words);
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).not.toBe('');
});

test('a failure ends with 1, with message and code on stderr', async () => {
  const { status, stdout, stderr } = await enginery('build', '/nowhere/m.onnx', '-o', '/tmp/none.engine');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^error: .*\n(?:.*\n)*code: ENGINERY_/m);
});

test('with --json, stdout is one JSON document in every case', async () => {
  const failed = await enginery('build', '/nowhere/m.onnx', '-o', '/tmp/none.engine', '--json');
  expect(failed.status).toBe(1);
  expect(JSON.parse(failed.stdout)).toMatchObject({ error: { code: expect.stringMatching(/^ENGINERY_/) } });
  const misused = await enginery('build', '--json');
  expect(misused.status).toBe(2);
  expect(JSON.parse(misused.stdout)).toMatchObject({ error: { code: 'ENGINERY_INVALID_ARGUMENT' } });
});
