// @module-tag build
/** What building costs in memory, with the newest TensorRT-RTX: minutes of work, so not among the tests of every day. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { buildEngine, digestModel } from '../../dist/index.js';
import { command, ROOT } from '../support/commands.js';
import { bigExternal } from '../support/models.js';
import { floats, graph, model, node, tensor, value } from '../support/onnx-writer.js';
import { temporaryFolder } from '../support/temporary.js';

const library = inject('runtimes').at(-1)?.path;

/** An operator that does not exist. */
const unparsable = (): Buffer =>
  model(
    graph({
      nodes: [node('Frobnicate', ['x'], ['y'])],
      inputs: [value('x', 'float32', [1, 8])],
      outputs: [value('y', 'float32', [1, 8])],
    }),
  );

/** A float32 product, which the builder refuses for sm75. */
const product = (): Buffer =>
  model(
    graph({
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      inputs: [value('x', 'float32', [16, 16])],
      outputs: [value('y', 'float32', [16, 16])],
      initializers: [tensor({ name: 'w', type: 'float32', dims: [16, 16], data: floats(new Array(256).fill(0.5)) })],
    }),
  );

test('1,000 builds that fail, every fifth in the builder, leave no more than 4 MB behind', {
  timeout: 600_000,
}, async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'parser.onnx'), unparsable());
  await writeFile(join(folder, 'builder.onnx'), product());
  const script = `
    const { buildEngine } = await import(${JSON.stringify(join(ROOT, 'dist/index.js'))});
    const [folder, library] = process.argv.slice(1);
    const fail = async (where, code, options) => {
      const output = folder + '/x.engine';
      const error = await buildEngine(folder + '/' + where + '.onnx', { ...options, library, output }).catch((it) => it);
      if (error.code !== code) throw error;
    };
    const failures = async (count) => {
      for (let i = 0; i < count; i++) {
        if (i % 5 === 0) await fail('builder', 'ENGINERY_BUILD_FAILED', { targets: ['sm75'] });
        else await fail('parser', 'ENGINERY_PARSE_FAILED', {});
      }
      gc();
      return process.memoryUsage.rss();
    };
    const half = await failures(500);
    const end = await failures(500);
    console.log((end - half) / 2 ** 20);`;
  const words = ['--expose-gc', '--input-type=module', '-e', script, folder, String(library)];
  const child = await command(process.execPath, words);
  expect(child.status, child.stderr).toBe(0);
  console.log(`1,000 failed builds: ${Number(child.stdout).toFixed(1)} MB more at the end than half-way`);
  expect(Number(child.stdout)).toBeLessThanOrEqual(4);
  expect((await readdir(folder)).sort()).toEqual(['builder.onnx', 'parser.onnx']);
});

test('a model with more than 2 GB of external data becomes an engine', { timeout: 600_000 }, async () => {
  const folder = await temporaryFolder();
  const path = await bigExternal(folder);
  const built = await buildEngine(path, {
    output: join(folder, 'big.engine'),
    library,
    profiles: [{ i: { min: [1], opt: [4], max: [8] } }],
  });
  expect(built.bytes).toBeGreaterThan(2.5 * 1024 ** 3);
  expect(built.manifest.model).toMatchObject({ name: 'big.onnx', sha256: (await digestModel(path)).sha256 });
});
