import { describe, expect, it } from 'vitest';
import { planRuns } from '../../../dist/cli/run-inputs.js';
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
