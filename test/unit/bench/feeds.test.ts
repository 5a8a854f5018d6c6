import { describe, expect, it } from 'vitest';
import { benchFeeds, benchShapes, shapesOfBatch } from '../../../dist/bench/feeds.js';
import type { ValueInfo } from '../../../dist/onnx/model-info.js';
import { randomTensor } from '../../../dist/session/random-tensor.js';
import { seededRandom } from '../../../dist/stats/random.js';
import { ELEMENT_TYPES, type ElementType } from '../../../dist/tensor/element-type.js';
import { decodeElements } from '../../../dist/tensor/elements.js';
import { Tensor, tensorFault } from '../../../dist/tensor/tensor.js';

const input = (name: string, dims: ValueInfo['dims'], type: ElementType = 'float32'): ValueInfo => ({
  name,
  kind: 'tensor',
  type,
  dims,
});

describe('shapes', () => {
  it("are those given, else the model's with 1 for the batch", () => {
    expect(benchShapes([input('x', ['n', 3]), input('y', [2, 2])], {})).toEqual(
      new Map([
        ['x', [1, 3]],
        ['y', [2, 2]],
      ]),
    );
    expect(benchShapes([input('x', ['n', 'm']), input('y', ['m'])], { x: [4, 5] }).get('y')).toEqual([5]);
  });

  it('follow from tensors that are given', () => {
    const x = new Tensor('float32', new Float32Array(6), [3, 2]);
    expect(benchShapes([input('x', ['n', 2]), input('y', ['n'])], {}, { x }).get('y')).toEqual([3]);
    expect(() => benchShapes([input('x', ['n', 2])], { x: [4, 2] }, { x })).toThrow('is to be [4, 2]');
  });

  it.each<[ValueInfo, string]>([
    [input('x', ['n', 'm']), '[1, m]'],
    [input('x', [1, null]), '[1, ?]'],
    [input('x', null), 'of any rank'],
  ])('have to be given where they stay open', (open, shown) => {
    expect(() => benchShapes([open], {})).toThrow(`Input "x" is ${shown}: its shape has to be given`);
  });

  it('take a batch wherever the first dim is open', () => {
    const inputs = [input('x', ['n', 3]), input('y', ['n', 'm']), input('z', [2])];
    expect(shapesOfBatch(inputs, { y: [1, 7] }, 8)).toEqual({ x: [8, 3], y: [8, 7] });
    expect(() => shapesOfBatch([input('z', [2])], {}, 8)).toThrow('No input has an open first dim');
  });
});

describe('random tensors', () => {
  it.each(Object.keys(ELEMENT_TYPES) as ElementType[])('of %s are tensors', async (type) => {
    expect(tensorFault(await randomTensor(type, [3, 5], seededRandom(1)))).toBeUndefined();
  });

  it.each<[ElementType, number, number]>([
    ['float32', -1, 1],
    ['float64', -1, 1],
    ['int8', -128, 127],
    ['uint8', 0, 255],
    ['bool', 0, 1],
    ['int32', 0, 1],
    ['int64', 0, 1],
  ])('of %s lie between %d and %d', async (type, min, max) => {
    const values = Array.from((await randomTensor(type, [1000], seededRandom(1))).data as ArrayLike<number>, Number);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    expect(least).toBeGreaterThanOrEqual(min);
    expect(most).toBeLessThanOrEqual(max);
    expect(most - least).toBeGreaterThan(0.9 * (max - min));
  });

  it.each(['float16', 'bfloat16'] as const)('of %s lie between -1 and 1', async (type) => {
    const { data } = await randomTensor(type, [1000], seededRandom(1));
    for (const value of decodeElements(type, data)) expect(Math.abs(value)).toBeLessThanOrEqual(1);
  });

  it('that no memory holds are refused', async () => {
    const code = 'ENGINERY_INVALID_ARGUMENT';
    await expect(randomTensor('float32', [2 ** 50], seededRandom(1))).rejects.toMatchObject({ code });
  });
});

describe('feeds', () => {
  it('are what was given, and the same random tensors for the same seed', async () => {
    const inputs = [input('x', [2]), input('y', [2])];
    const x = new Tensor('float32', new Float32Array(2), [2]);
    const feeds = await benchFeeds(inputs, { feeds: { x }, seed: 5 });
    expect(feeds.x).toBe(x);
    expect(feeds.y).toEqual((await benchFeeds(inputs, { feeds: { x }, seed: 5 })).y);
    expect(feeds.y).not.toEqual((await benchFeeds(inputs, { feeds: { x }, seed: 6 })).y);
  });

  it('that are no tensors cannot be generated', async () => {
    const sequence: ValueInfo = { name: 's', kind: 'sequence', type: null, dims: [] };
    await expect(benchFeeds([sequence], {})).rejects.toThrow('Input "s" is of unknown type: nothing is made up for it');
  });
});
