import { access, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { command, ROOT } from '../support/commands.js';
import { type Consumer, cleanEnvironment, fillCache, install, obtainNpm } from './consumer.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Runs a script of the consumer's and gives the JSON that it prints. */
async function script(consumer: Consumer, name: string, source: string): Promise<unknown> {
  await writeFile(join(consumer.folder, name), source);
  const { status, stdout, stderr } = await consumer.run(process.execPath, name);
  expect(status, stderr).toBe(0);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

beforeAll(fillCache);

describe.each([10, 11, 12])('installed by npm %i without a network', (major) => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await install(await obtainNpm(major), `with-npm-${major}`);
  });

  test('no build was started', async () => {
    // npm 11 and 12 list `prepare` of a package that comes as a file, though it never runs there.
    expect(consumer.said).not.toMatch(/node-gyp|gyp info|cmake-js|\((pre|post)?install: /i);
    expect(await exists(join(consumer.folder, 'node_modules/enginery/build'))).toBe(false);
  });

  test('the command runs', async () => {
    const enginery = join(consumer.folder, 'node_modules/.bin/enginery');
    expect((await consumer.run(enginery, '--version')).stdout.trim()).toBe(version);
    const doctor = await consumer.run(enginery, 'doctor', '--json');
    expect(doctor.status, doctor.stderr).toBe(0);
    expect(JSON.parse(doctor.stdout)).toBeTypeOf('object');
  });

  test('import gives the library, and loads no native code', async () => {
    const source = `
      import { readFileSync } from 'node:fs';
      import { readModelInfo } from 'enginery';
      const loaded = readFileSync('/proc/self/maps', 'utf8').includes('enginery.node');
      const info = await readModelInfo(${JSON.stringify(DIGITS)});
      console.log(JSON.stringify({ loaded, inputs: info.inputs.map((input) => input.name) }));`;
    expect(await script(consumer, 'imports.mjs', source)).toEqual({ loaded: false, inputs: ['image'] });
  });

  test('require gives the same', async () => {
    const source = `
      const { readModelInfo } = require('enginery');
      readModelInfo(${JSON.stringify(DIGITS)}).then((info) => console.log(JSON.stringify(info.outputs.map((o) => o.name))));`;
    expect(await script(consumer, 'requires.cjs', source)).toEqual(['logits']);
  });

  test('the prebuilt addon loads', async () => {
    const source = `
      const folder = require('node:path').dirname(require.resolve('enginery/package.json'));
      const { directory, families } = require('node-gyp-build')(folder);
      console.log(JSON.stringify({ directory: directory.slice(folder.length + 1), families }));`;
    expect(await script(consumer, 'addon.cjs', source)).toEqual({
      directory: 'prebuilds/linux-x64',
      families: ['rtx', 'ent11', 'ent10'],
    });
  });
});

describe('beside the tools of a developer', () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await install(await obtainNpm(11), 'developer');
  });

  /** Lends the consumer a development dependency of ours. */
  async function lend(name: string): Promise<void> {
    const link = join(consumer.folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }

  test('the declarations compile without skipLibCheck', async () => {
    await lend('@types/node');
    await writeFile(
      join(consumer.folder, 'consumer.mts'),
      `import { type BuildOptions, buildEngine, EngineryError, readModelInfo } from 'enginery';
       const options: BuildOptions = { output: 'digits.engine', targets: ['sm89'] };
       const built = await buildEngine('digits.onnx', options);
       const bytes: number = built.bytes;
       const info = await readModelInfo('digits.onnx').catch((error: unknown) => {
         if (error instanceof EngineryError && error.code === 'ENGINERY_FILE_NOT_FOUND') return undefined;
         throw error;
       });
       console.log(bytes, info?.inputs[0]?.name);`,
    );
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = await consumer.run(process.execPath, tsc, ...options, 'consumer.mts');
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  test('node-gyp builds the addon from the packed sources', async () => {
    for (const name of ['cmake-js', 'node-addon-api', 'node-api-headers']) await lend(name);
    const folder = join(consumer.folder, 'node_modules/enginery');
    await rm(join(folder, 'prebuilds'), { recursive: true });
    // node-gyp wants Node's own headers, which lie beside Node; ours come with node-api-headers.
    const nodedir = dirname(dirname(process.execPath));
    const { status, stdout, stderr } = await command(
      process.execPath,
      [join(ROOT, 'node_modules/node-gyp/bin/node-gyp.js'), 'rebuild', `--nodedir=${nodedir}`],
      { cwd: folder, env: cleanEnvironment() },
    );
    expect(status, stdout + stderr).toBe(0);
    const source = `
      const { directory, families } = require('node-gyp-build')(${JSON.stringify(folder)});
      console.log(JSON.stringify({ directory: directory.slice(${folder.length + 1}), families }));`;
    expect(await script(consumer, 'built.cjs', source)).toEqual({
      directory: 'build/Release',
      families: ['rtx', 'ent11', 'ent10'],
    });
  });
});
