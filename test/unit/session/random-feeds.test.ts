import { describe, expect, it } from 'vitest';
import type { ValueInfo } from '../../../dist/onnx/model-info.js';
import { feedGenerator } from '../../../dist/session/random-feeds.js';
import type { ElementType } from '../../../dist/tensor/element-type.js';
import { readFloats } from '../../../dist/tensor/read-floats.js';
import { Tensor, type TensorData } from '../../../dist/tensor/tensor.js';

const input = (name: string, type: ElementType | null, dims: ValueInfo['dims']): ValueInfo => ({
  name,
  kind: 'tensor',
  type,
  dims,
});

describe('feedGenerator', () => {
  it.each(['float32', 'float64', 'float16', 'bfloat16'] as const)('spreads %s evenly over [-1, 1]', async (type) => {
    const { x } = await feedGenerator([input('x', type, [10_000])])();
    const values = new Float64Array(10_000);
    readFloats(type, x?.data as TensorData, 0, values);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
    for (const [low, high] of [
      [-1, -0.5],
      [-0.5, 0],
      [0, 0.5],
      [0.5, 1],
    ] as const) {
      const part = values.filter((value) => value >= low && value < high).length / values.length;
      expect(part).toBeGreaterThan(0.22);
      expect(part).toBeLessThan(0.28);
    }
  });

  it('keeps integers small enough for indices and masks, but for those of 8 bits', async () => {
    for (const type of ['bool', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const) {
      const { x } = await feedGenerator([input('x', type, [100])])();
      const data = Array.from(x?.data as ArrayLike<number | bigint>, Number);
      expect(new Set(data), type).toEqual(new Set([0, 1]));
    }
    const { x, y } = await feedGenerator([input('x', 'uint8', [5000]), input('y', 'int8', [5000])])();
    expect(new Set(x?.data as Uint8Array).size).toBe(256);
    expect(new Set(y?.data as Int8Array).size).toBe(256);
  });

  it('keeps what it is given, and takes the sizes of shared dims from it', async () => {
    const given = new Tensor('float32', new Float32Array(12), [4, 3]);
    const next = feedGenerator([input('x', 'float32', ['batch', 3]), input('mask', 'bool', ['batch', 'n', 2])], {
      shapes: { mask: [4, 5, 2] },
    });
    expect(await next({ x: given })).toMatchObject({ x: given, mask: { dims: [4, 5, 2] } });
    const other = feedGenerator([input('x', 'float32', ['batch', 3]), input('y', 'float32', ['batch'])]);
    expect(await other({ x: given })).toMatchObject({ y: { dims: [4] } });
    expect(await other()).toMatchObject({ x: { dims: [1, 3] }, y: { dims: [1] } });
  });

  it.each([
    ['float32', ['batch', 'n'], 'Input "x" has open dims: [1, n]'],
    ['float32', null, 'Input "x" is of unknown rank'],
    [null, [1], 'Input "x" is of unknown type'],
    ['float32', [2 ** 40], 'is larger than 4 GiB'],
  ] as const)('says why it makes up no %s %j', async (type, dims, message) => {
    await expect(feedGenerator([input('x', type, dims)])()).rejects.toThrow(message);
  });
});
