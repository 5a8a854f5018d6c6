/** Programs in a folder of their own that use generated types: the compiler takes what fits and refuses the rest. */
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { typesOf } from '../../dist/session/types-of.js';
import { command, ROOT } from '../support/commands.js';
import { bytes, graph, model, value } from '../support/onnx-writer.js';
import { writeEngine } from '../support/plans.js';
import { temporaryFolder } from '../support/temporary.js';

/** The digits model in float16. */
const ENGINE = {
  inputs: [{ name: 'image', type: 'float16', dims: ['batch', 1, 28, 28], shapeTensor: false }],
  outputs: [{ name: 'logits', type: 'float16', dims: ['batch', 10], shapeTensor: false }],
};

const names = ['constructor', '__proto__', 'a b', 'x"y', "it's \\", '*/', 'line\nbreak', '🙂', ''];
const sequence = bytes(4, bytes(1, bytes(1, Buffer.from([8, 1]))));
const HOSTILE = model(
  graph({
    inputs: [
      ...names.map((name) => value(name, 'int32', ['*/ export const x = 1; /*'])),
      value('text', 'string', []),
      value('any', 'float16'),
    ],
    outputs: [value('*/ export {} /*', 'string', []), value('constructor', 'int32', null), value('sequence', sequence)],
  }),
);

const DETECTOR = model(
  graph({
    inputs: [value('image', 'float32', ['n', 3, 'h', 'w'])],
    outputs: [
      value('boxes', 'float32', ['n', 4, 100]),
      value('scores', 'float32', ['n', 100]),
      value('labels', 'int64', ['n', 100]),
    ],
  }),
);

test('generated types compile, and check names, element types and ranks', async () => {
  const folder = await temporaryFolder();
  const generated = join(folder, 'generated');
  await cp(join(ROOT, 'test/types/consumer'), folder, { recursive: true });
  await mkdir(generated);
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/enginery'));
  await symlink(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(generated, 'digits.d.ts'), await typesOf(join(ROOT, 'examples/digits/digits.onnx')));
  await writeFile(join(generated, 'hostile.d.ts'), await typesOf(HOSTILE, { name: 'Hostile' }));
  await writeFile(join(generated, 'nothing.d.ts'), await typesOf(model(graph({})), { name: 'Nothing' }));
  await writeFile(join(generated, 'detector.d.ts'), await typesOf(DETECTOR, { name: 'Detector' }));
  const engine = join(folder, 'half.engine');
  await writeEngine(engine, ENGINE);
  await writeFile(join(generated, 'half.d.ts'), await typesOf(engine));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  // A use that is refused has a `@ts-expect-error` above it, which is an error itself where nothing is refused.
  expect(await command(process.execPath, [tsc, '-p', folder])).toMatchObject({ stdout: '', stderr: '', status: 0 });
});
