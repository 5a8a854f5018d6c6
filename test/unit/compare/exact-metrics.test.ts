import { describe, expect, it } from 'vitest';
import { ExactComparison, type ExactMetrics } from '../../../dist/compare/exact-metrics.js';
import { Tensor } from '../../../dist/tensor/tensor.js';

async function metrics(a: Tensor, b: Tensor, integers = true): Promise<ExactMetrics> {
  const comparison = new ExactComparison(integers);
  await comparison.add(a, a, 0);
  await comparison.add(a, b, 1);
  return comparison.metrics();
}
const int64 = (...values: bigint[]): Tensor => new Tensor('int64', new BigInt64Array(values), [values.length]);

describe('ExactComparison', () => {
  it('finds a difference of 1 beyond 2^53', async () => {
    expect(await metrics(int64(1n, 2n ** 62n), int64(1n, 2n ** 62n + 1n))).toEqual({
      kind: 'exact',
      elements: 4,
      different: 1,
      largest: 1n,
      first: { run: 1, index: 1, a: 2n ** 62n, b: 2n ** 62n + 1n },
    });
  });

  it('gives the largest difference without loss', async () => {
    const { largest } = await metrics(int64(-(2n ** 63n)), int64(2n ** 63n - 1n));
    expect(largest).toBe(2n ** 64n - 1n);
  });

  it('compares integers of different widths by value', async () => {
    const narrow = new Tensor('int32', new Int32Array([-1, 7]), [2]);
    const comparison = new ExactComparison(true);
    await comparison.add(narrow, int64(-1n, 8n), 0);
    expect(comparison.metrics()).toMatchObject({ different: 1, largest: 1n, first: { index: 1, a: 7, b: 8n } });
  });

  it('compares strings, and bytes that are no integers', async () => {
    const words = (...list: string[]): Tensor => new Tensor('string', list, [list.length]);
    expect(await metrics(words('a', 'b'), words('a', 'c'), false)).toMatchObject({
      different: 1,
      largest: null,
      first: { index: 1, a: 'b', b: 'c' },
    });
    const bools = (...list: number[]): Tensor => new Tensor('bool', new Uint8Array(list), [list.length]);
    expect(await metrics(bools(0, 1), bools(1, 1), false)).toMatchObject({ different: 1, largest: null });
  });
});
