import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ELEMENT_TYPES, type ElementType } from '../../dist/tensor/element-type.js';
import { formatNpy } from '../../dist/tensor/npy.js';
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
    expect(stdout).toContain('half  float16 [3]  1, -2, 5\n');
    expect(stdout).toContain('nibble  int4 [3]  1, -2, 5\n');
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

  it.each<[string, string[], number, string]>([
    ['no input', [MODEL], 2, 'The model\'s input "image" has no file: add --input image=<file>'],
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
