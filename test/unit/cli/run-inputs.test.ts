import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadInput, planRuns } from '../../../dist/cli/run-inputs.js';
import type { ValueInfo } from '../../../dist/onnx/model-info.js';

const input = (name: string): ValueInfo => ({ name, kind: 'tensor', type: 'float32', dims: ['n', 2] });
const plan = (given: string[], ...names: string[]): [string, string][][] =>
  planRuns(given, names.map(input)).map((files) => [...files]);

describe('planRuns', () => {
  it('feeds each input its file', () => {
    expect(plan(['a=1.npy', 'b=x=2.png'], 'a', 'b')).toEqual([
      [
        ['a', '1.npy'],
        ['b', 'x=2.png'],
      ],
    ]);
  });

  it('runs several files of one input in turn, with the others the same', () => {
    expect(plan(['a=1', 'b=x', 'a=2'], 'a', 'b')).toEqual([
      [
        ['a', '1'],
        ['b', 'x'],
      ],
      [
        ['a', '2'],
        ['b', 'x'],
      ],
    ]);
  });

  it('needs no name where there is one input', () => {
    expect(plan(['1.png'], 'image')).toEqual([[['image', '1.png']]]);
  });

  it('gives one run without files, for models without inputs', () => {
    expect(plan([])).toEqual([[]]);
  });

  it.each<[string[], string[], string]>([
    [['c=1'], ['a', 'b'], "--input c=1: expected <name>=<file>, with one of the model's inputs: a, b"],
    [['1'], ['a', 'b'], '--input 1: expected <name>=<file>'],
    [['img=1'], ['image'], '--input img=1: expected <name>=<file>'],
    [['a=1', 'a=2', 'b=1', 'b=2', 'b=3'], ['a', 'b'], 'input "a" has 2 files where another has 3'],
  ])('refuses %j for %j', (given, names, message) => {
    expect(() => plan(given, ...names)).toThrow(message);
  });
});

describe('loadInput', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'enginery-run-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads .npy as it is', async () => {
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n";
    const path = join(folder, 'x.NPY');
    const start = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\x00${header}`, 'latin1');
    await writeFile(path, Buffer.concat([start, Buffer.from(new Float32Array([1, 2]).buffer)]));
    expect(await loadInput(path, input('a'))).toMatchObject({ type: 'float32', dims: [1, 2] });
  });

  it('says when a file is missing', async () => {
    await expect(loadInput(join(folder, 'none.npy'), input('a'))).rejects.toMatchObject({
      code: 'ENGINERY_FILE_NOT_FOUND',
    });
  });

  it('takes anything else for an image, which must fit the input', async () => {
    await expect(loadInput(join(folder, 'x.png'), input('a'))).rejects.toThrow('An image does not fit input "a"');
  });
});
