// @module-tag commands
import { spawnSync } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ELEMENT_TYPES, type ElementType } from '../../dist/tensor/element-type.js';
import { formatNpy, parseNpy } from '../../dist/tensor/npy.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { graph, model, node, value } from '../support/onnx-writer.js';
import { temporaryFolder } from '../support/temporary.js';

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['dist/cli/main.js', 'run', ...args], { encoding: 'utf8' });
}

const MODEL = 'examples/digits/digits.onnx';
const SEVEN = 'examples/digits/samples/7-0.png';
const TWO = 'examples/digits/samples/2-1.png';

describe('enginery run', () => {
  it('classifies images one after the other, and says on stderr what ran them', () => {
    const { status, stdout, stderr } = run(MODEL, '--input', `image=${SEVEN}`, '--input', `image=${TWO}`, '--top', '2');
    expect(status).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(SEVEN);
    expect(lines[1]).toMatch(/^ {2}logits {2}class {3}7 +\d+\.\d\d %$/);
    expect(lines[3]).toBe(TWO);
    expect(lines[4]).toMatch(/class {3}2 /);
    expect(stderr).toMatch(/^not on tensorrt, tensorrt-rtx: ./m);
    expect(stderr).toMatch(/^running on onnxruntime 1\.\d+\.\d+ \(.+\)$/m);
  });

  it('prints values where no classes are asked for', () => {
    const { stdout } = run(MODEL, '--input', SEVEN, '--backend', 'cpu');
    expect(stdout).toMatch(/logits {2}float32 \[1, 10\] {2}(-?\d+(\.\d+)?, ){9}-?\d/);
  });

  it('prints the numbers of small types, not their bits', async () => {
    const folder = await temporaryFolder();
    const [content, input] = [join(folder, 'half.onnx'), join(folder, 'x.npy')];
    const cast = (to: ElementType, output: string) => node('Cast', ['x'], [output], { to: ELEMENT_TYPES[to].onnx });
    const parts = {
      nodes: [cast('float16', 'half'), cast('int4', 'nibble')],
      inputs: [value('x', 'float32', [3])],
      outputs: [value('half', 'float16', [3]), value('nibble', 'int4', [3])],
    };
    await writeFile(content, model(graph(parts), { opset: 21, irVersion: 10 }));
    await writeFile(input, formatNpy(new Tensor('float32', Float32Array.of(1, -2, 5), [3])));
    const { stdout } = run(content, '--input', input);
    expect(stdout).toContain('half    float16 [3]  1, -2, 5\n');
    expect(stdout).toContain('nibble  int4 [3]  1, -2, 5\n');
    const ranked = run(content, '--input', input, '--top', '1');
    expect(ranked.stdout).toMatch(/half {4}class {3}2 +98\.\d\d %\n {2}nibble {2}int4 \[3\] {2}1, -2, 5\n/);
  });

  it('prints one JSON document', () => {
    const { stdout } = run(MODEL, '--input', SEVEN, '--top', '1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      backend: { name: 'onnxruntime', reasons: [{ backend: 'tensorrt' }, { backend: 'tensorrt-rtx' }] },
      runs: [
        { inputs: { image: SEVEN }, outputs: { logits: { type: 'float32', dims: [1, 10], top: [[{ class: 7 }]] } } },
      ],
    });
  });

  it('makes up inputs, the same for the same seed', () => {
    const values = (...args: string[]): unknown => {
      const { outputs } = JSON.parse(run(MODEL, '--json', ...args).stdout).runs[0];
      return outputs.logits.data;
    };
    const first = values('--random=7');
    expect(first).toHaveLength(10);
    expect(values('--random', '7')).toEqual(first);
    expect(values('--random')).not.toEqual(first);
    expect(values('--random', '--shapes', 'image:3x1x28x28')).toHaveLength(30);
  });

  it('reads .npy, .json and .bin, saves outputs as .npy, and names classes', async () => {
    const folder = await temporaryFolder();
    const pixels = new Float32Array(784).fill(0.5);
    const files = ['x.bin', 'x.json', 'x.npy'].map((name) => join(folder, name));
    const [bin, json, npy] = files as [string, string, string];
    await writeFile(bin, pixels);
    await writeFile(json, JSON.stringify({ dims: [1, 1, 28, 28], data: [...pixels] }));
    await writeFile(npy, formatNpy(new Tensor('float32', pixels, [1, 1, 28, 28])));
    const saved = join(folder, 'out');
    const inputs = files.flatMap((file) => ['--input', file]);
    const { status, stderr } = run(MODEL, ...inputs, '--save', saved);
    expect(stderr).not.toContain('error');
    expect(status).toBe(0);
    const outputs = await Promise.all([0, 1, 2].map((i) => readFile(join(saved, `run-${i}`, 'logits.npy'))));
    expect(parseNpy(outputs[0] as Buffer, 'logits')).toMatchObject({ type: 'float32', dims: [1, 10] });
    expect(outputs[1]).toEqual(outputs[0]);
    expect(outputs[2]).toEqual(outputs[0]);

    const labels = join(folder, 'labels.txt');
    await writeFile(labels, 'zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\n');
    const named = run(MODEL, '--input', SEVEN, '--labels', labels).stdout.split('\n');
    expect(named[1]).toMatch(/^ {2}logits {2}class {3}7 +\d+\.\d\d % {2}seven$/);
    expect(named).toHaveLength(7);
  });

  it('takes what images must become from beside the model, and from options', async () => {
    const folder = await temporaryFolder();
    const model = join(folder, 'digits.onnx');
    await copyFile(MODEL, model);
    const values = (...args: string[]): unknown =>
      JSON.parse(run(model, '--input', SEVEN, '--json', ...args).stdout).runs[0].outputs.logits.data;
    const plain = values();
    const normalized = values('--mean', '0.1', '--std', '0.3');
    expect(normalized).not.toEqual(plain);
    await writeFile(join(folder, 'digits.preprocess.json'), '{ "mean": [0.1], "std": [0.3] }');
    expect(values()).toEqual(normalized);
    expect(values('--mean=0', '--std=1')).toEqual(plain);
  });

  it.each<[string, string[], number, string]>([
    ['no input', [MODEL], 2, 'The model\'s input "image" has no file: add --input image=<file>'],
    ['a strange size', [MODEL, '--input', SEVEN, '--resize', '28'], 2, '--resize 28: expected height x width'],
    ['a strange mean', [MODEL, '--input', SEVEN, '--mean', '1,2'], 2, 'Image mean must be 1 number'],
    ['a shape of nothing', [MODEL, '--random', '--shapes', 'x:1'], 2, "The model has no input 'x'"],
    ['missing labels', [MODEL, '--random', '--labels', 'none.txt'], 1, 'none.txt'],
    ['an unknown input', [MODEL, '--input', `img=${SEVEN}`], 2, "with one of the model's inputs: image"],
    ['a missing image', [MODEL, '--input', 'none.png'], 1, 'none.png'],
    ['a missing model', ['none.onnx'], 1, 'none.onnx'],
    ['an image for a model', [SEVEN, '--input', SEVEN], 1, 'does not look like an ONNX model'],
    ['no GPU', [MODEL, '--backend', 'gpu'], 1, 'ENGINERY_BACKEND_UNAVAILABLE'],
    ['a strange backend', [MODEL, '--backend', 'cuda'], 2, 'backend is "cuda"'],
    ['a strange count', [MODEL, '--top', '0'], 2, '--top 0: expected a whole number from 1 on'],
  ])('says what is wrong with %s', (_what, args, status, message) => {
    const result = run(...args);
    expect(result.stderr).toContain(message);
    expect(result.status).toBe(status);
    expect(result.stdout).toBe('');
  });
});
