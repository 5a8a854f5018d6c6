import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command, ROOT } from '../../support/commands.js';
import * as models from '../../support/models.js';
import { bytes, graph, model, node, value } from '../../support/onnx-writer.js';
import { temporaryFolder } from '../../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');

const inspect = (...args: string[]) => command(process.execPath, [join(ROOT, 'dist/cli/main.js'), 'inspect', ...args]);

async function file(content: Buffer): Promise<string> {
  const path = join(await temporaryFolder(), 'model.onnx');
  await writeFile(path, content);
  return path;
}

test('shows what a model costs, at batch 1 and at the sizes given', async () => {
  const one = await inspect(DIGITS);
  expect(one).toMatchObject({ status: 0, stderr: '' });
  expect(one.stdout).toMatch(/^MACs +3\.04 M at batch = 1$/m);
  expect(one.stdout).toMatch(/^costliest +MACs +outputs +weights +node$/m);
  expect(one.stdout).toMatch(/^precision +float32: 10 nodes, 100\.0 % of the MACs$/m);
  const eight = await inspect(DIGITS, '--shapes=image:8x1x28x28');
  expect(eight.stdout).toMatch(/^MACs +24\.3 M$/m);
});

test('says which sizes are missing, and how to give them', async () => {
  const open = graph({
    nodes: [node('MatMul', ['x', 'x'], ['y'])],
    inputs: [value('x', 'float32', ['batch', 'n', 'n'])],
    outputs: [value('y', 'float32', ['batch', 'n', 'n'])],
  });
  const path = await file(model(open));
  expect((await inspect(path)).stdout).toMatch(/give sizes with --shapes=x:1x\?x\?$/m);
  expect((await inspect(path, '--shapes=x:1x4x4')).stdout).toMatch(/^MACs +64$/m);
  const misfit = await inspect(path, '--shapes=x:1x4x5');
  expect(misfit).toMatchObject({ status: 2, stdout: '' });
  expect(misfit.stderr).toContain('n is 4, not 5');
  expect((await inspect(path, '--shapes=z:1')).stderr).toContain("no input 'z'");
});

test('names what TensorRT refuses, once for all nodes that have it', async () => {
  const { stdout } = await inspect(await file(models.uint8Qdq()));
  expect(stdout).toMatch(/^refused +QuantizeLinear \(QuantizeLinear_x_q\): has a zero point that is not 0/m);
  const json = JSON.parse((await inspect(await file(models.unsupportedOperator()), '--json')).stdout);
  expect(json.analysis.findings).toMatchObject([{ level: 'refused', subject: 'Det', node: 'Det_y' }]);
});

test('a graph that is too large to be analyzed is described all the same', async () => {
  const many = model(Buffer.concat(Array.from({ length: 50_000 }, () => bytes(1, node('Relu', ['a'], ['b'])))));
  const path = await file(many);
  const { status, stdout } = await inspect(path);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^nodes +50000$/m);
  expect(stdout).toMatch(/^analysis +.* too many nodes/m);
  expect(JSON.parse((await inspect(path, '--json')).stdout)).toMatchObject({ nodes: 50_000, analysis: null });
});

test('names cannot steer the terminal', async () => {
  const evil = graph({
    nodes: [node('Relu', ['x'], ['\x1b]0;owned\x07'])],
    inputs: [value('x', 'float32', [1])],
    outputs: [value('\x1b]0;owned\x07', 'float32', [1])],
  });
  const { stdout } = await inspect(await file(model(evil)));
  expect(stdout).toContain('\\x1b]0;owned\\x07');
  expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
});
