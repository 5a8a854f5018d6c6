import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../dist/tensor/tensor.js';
import { topClasses } from '../../../dist/tensor/top-classes.js';

describe('topClasses', () => {
  it('ranks each row, by softmax', () => {
    const rows = topClasses(new Tensor('float32', new Float32Array([1000, 1001, 999, 5, 5, 5]), [2, 3]), 2);
    expect(rows[0]?.map((top) => top.class)).toEqual([1, 0]);
    expect(rows[0]?.[0]?.probability).toBeCloseTo(0.665, 3);
    expect(rows[1]).toEqual([
      { class: 0, probability: expect.closeTo(1 / 3) },
      { class: 1, probability: expect.closeTo(1 / 3) },
    ]);
  });

  it('leaves probabilities as they are', () => {
    const rows = topClasses(new Tensor('float64', new Float64Array([0.25, 0.75]), [1, 2]), 5);
    expect(rows).toEqual([
      [
        { class: 1, probability: 0.75 },
        { class: 0, probability: 0.25 },
      ],
    ]);
  });

  it('refuses what are no scores', () => {
    expect(() => topClasses(new Tensor('int64', new BigInt64Array(2), [2]), 1)).toThrow('not from int64 [2]');
    expect(() => topClasses(new Tensor('float32', new Float32Array(1), []), 1)).toThrow('float32 []');
  });
});
