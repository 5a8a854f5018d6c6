import { cp, mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';
import { resolveOnnxRuntimeNode } from '../../../dist/libraries/onnxruntime-node.js';
import { output, ROOT } from '../../support/commands.js';
import { isolatedHome } from '../../support/temporary.js';

/** What a project says that has enginery, and the onnxruntime-node whose files are given. */
async function resolvedIn(files: readonly string[]): Promise<unknown> {
  const home = await realpath(await isolatedHome());
  const modules = join(home, 'node_modules');
  await cp(join(ROOT, 'dist'), join(modules, 'enginery/dist'), { recursive: true });
  await writeFile(join(modules, 'enginery/package.json'), '{ "type": "module" }');
  for (const file of files) {
    await mkdir(join(modules, 'onnxruntime-node', file, '..'), { recursive: true });
    await writeFile(join(modules, 'onnxruntime-node', file), '{ "version": "1.99.0", "main": "dist/main.js" }');
  }
  const url = pathToFileURL(join(modules, 'enginery/dist/libraries/onnxruntime-node.js')).href;
  const script = `
    const { resolveOnnxRuntimeNode } = await import(${JSON.stringify(url)});
    const found = await resolveOnnxRuntimeNode().catch(({ code, message, hint }) => ({ code, message, hint }));
    console.log(JSON.stringify(found).replaceAll(process.cwd(), '.'));
  `;
  return JSON.parse(await output(process.execPath, ['--input-type=module', '-e', script], { cwd: home }));
}

const HERE = `bin/napi-v9/${process.platform}/${process.arch}/onnxruntime_binding.node`;

it('finds the package, whatever version of Node-API it is for', async () => {
  expect(await resolvedIn(['package.json', 'dist/main.js', HERE])).toEqual({
    path: './node_modules/onnxruntime-node/dist/main.js',
    version: '1.99.0',
  });
});

it.each([
  ['is not there', [], 'is not installed'],
  ['is for other machines', ['package.json', 'bin/napi-v6/cray/vector/onnxruntime_binding.node'], 'has no binary for '],
])('says what to do where it %s', async (_what, files, why) => {
  expect(await resolvedIn(files)).toEqual({
    code: 'ENGINERY_DEPENDENCY_MISSING',
    message: expect.stringContaining(`The package "onnxruntime-node" ${why}`),
    hint: 'npm i onnxruntime-node',
  });
});

it('does not replace the library that somebody asked for', async () => {
  await isolatedHome();
  vi.stubEnv('ENGINERY_ONNXRUNTIME_LIBRARY', '/opt/libonnxruntime.so');
  await expect(resolveOnnxRuntimeNode()).rejects.toMatchObject({
    code: 'ENGINERY_LIBRARY_UNSUPPORTED',
    hint: 'Unset ENGINERY_ONNXRUNTIME_LIBRARY.',
  });
});
