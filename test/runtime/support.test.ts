// @module-tag refused-models
/** What the real parser of TensorRT-RTX says of models. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { modelSupport } from '../../dist/engine/model-support.js';
import { resolveTensorRT } from '../../dist/libraries/resolve.js';
import { call } from '../../dist/native/calls.js';
import { command, output, ROOT } from '../support/commands.js';
import { uint8Qdq } from '../support/models.js';
import { graph, model, node, value } from '../support/onnx-writer.js';
import { CRASHES, fakeTensorRT } from '../support/shared-objects.js';
import { temporaryFolder } from '../support/temporary.js';
import { tensorrtRtx } from '../support/tensorrt-rtx.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const MAIN = join(ROOT, 'dist/cli/main.js');

beforeEach(async (context) => {
  await tensorrtRtx(context);
});

test('takes all of digits', async () => {
  expect(await modelSupport(DIGITS)).toMatchObject({ supported: true, errors: [] });
  expect(await output(process.execPath, [MAIN, 'inspect', DIGITS, '--support'])).toMatch(
    /support +TensorRT-RTX 1\.\d+\.\d+\.\d+ takes the whole model/,
  );
});

test('names the node that it does not take, and why', async () => {
  const path = join(await temporaryFolder(), 'm.onnx');
  const [x, y] = [value('x', 'float32', [4]), value('y', 'float32', [4])];
  const nodes = [node('Relu', ['x'], ['r']), node('NoSuchOperator', ['r'], ['s']), node('Relu', ['s'], ['y'])];
  await writeFile(path, model(graph({ nodes, inputs: [x], outputs: [y] })));
  const support = await modelSupport(path);
  expect(support.supported).toBe(false);
  expect(support.errors).toContainEqual(expect.objectContaining({ operator: 'NoSuchOperator' }));

  await writeFile(path, uint8Qdq());
  const refused = await modelSupport(path);
  expect(refused.supported).toBe(false);
  expect(refused.errors.map(({ description }) => description).join()).toMatch(/zero point/);
});

test('a file that is gone is no model that is supported', async () => {
  const { path, parserPath } = await resolveTensorRT();
  const asked = call((addon, id) =>
    addon.describeSupport(id, { library: path, parser: parserPath, model: '/nowhere.onnx' }),
  );
  await expect(asked).rejects.toMatchObject({ code: 'ENGINERY_FILE_NOT_FOUND' });
});

test('a parser that crashes is an error', async () => {
  const folder = await temporaryFolder();
  const library = await fakeTensorRT(join(folder, 'libtensorrt_rtx.so.1'), '1.7.1.0', CRASHES);
  await fakeTensorRT(join(folder, 'libtensorrt_onnxparser_rtx.so.1'), '1.7.1.0', CRASHES);
  await expect(modelSupport(DIGITS, { library })).rejects.toMatchObject({ code: 'ENGINERY_BUILD_CRASHED' });
});

test('two engines are compared on the command line', async () => {
  const folder = await temporaryFolder();
  const [a, b] = [join(folder, 'a.engine'), join(folder, 'b.engine')];
  await output(process.execPath, [MAIN, 'build', DIGITS, '-o', a]);
  await output(process.execPath, [MAIN, 'build', DIGITS, '-o', b, '--noTF32']);
  expect(await output(process.execPath, [MAIN, 'inspect', a, b])).toMatch(/^options\.tf32: – \| false$/m);
  expect((await output(process.execPath, [MAIN, 'inspect', a, a])).trim()).toBe('no difference');
  const { differences } = JSON.parse(await output(process.execPath, [MAIN, 'inspect', a, b, '--json']));
  expect(differences).toContainEqual({ path: 'options.tf32', right: false });
  expect(await command(process.execPath, [MAIN, 'inspect', a, b, '--support'])).toMatchObject({ status: 2 });
  const wrong = await command(process.execPath, [MAIN, 'inspect', a, DIGITS]);
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('is a model') });
});
