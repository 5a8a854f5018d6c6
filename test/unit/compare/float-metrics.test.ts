import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FloatComparison, type FloatMetrics } from '../../../dist/compare/float-metrics.js';
import { Tensor } from '../../../dist/tensor/tensor.js';

const vector = (values: readonly number[]): Tensor => new Tensor('float64', new Float64Array(values), [values.length]);
const matrix = (...rows: readonly number[][]): Tensor =>
  new Tensor('float64', new Float64Array(rows.flat()), [rows.length, rows[0]?.length ?? 0]);

async function metrics(...runs: readonly (readonly [Tensor, Tensor])[]): Promise<FloatMetrics> {
  const comparison = new FloatComparison();
  for (const [run, [a, b]] of runs.entries()) await comparison.add(a, b, run);
  return comparison.metrics();
}
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe('errors', () => {
  it('are what a hand computes', async () => {
    const result = await metrics([vector([1, 2, -4, 0]), vector([1, 2.5, -3, 0])]);
    expect(result.absolute).toEqual({ max: 1, mean: 1.5 / 4, median: 0, p99: 1 });
    expect(result.relative?.max).toBe(0.25);
    expect(result.relative?.mean).toBeCloseTo((0.5 / 2.5 + 1 / 4) / 4);
    expect(result.cosine).toBeCloseTo((1 + 5 + 12) / Math.sqrt(21 * (1 + 6.25 + 9)));
    expect(result.psnr).toBeCloseTo(10 * Math.log10(6 ** 2 / (1.25 / 4)));
    expect(result).toMatchObject({ elements: 4, mismatched: 0, worst: { run: 0, index: 2, a: -4, b: -3 } });
  });

  it('run over all runs, cosine and PSNR over the worst of them', async () => {
    const same = vector([1, 2]);
    const result = await metrics([same, same], [vector([1, 0]), vector([0, 1])], [same, same]);
    expect(result).toMatchObject({
      elements: 6,
      absolute: { max: 1, mean: 2 / 6 },
      cosine: 0,
      psnr: 0,
      worst: { run: 1, index: 0 },
    });
  });

  it('are relative to the larger of both, so that 0 is no division by 0', async () => {
    expect((await metrics([vector([0, 0, -1]), vector([0, 3, 1])])).relative).toMatchObject({ max: 2, median: 1 });
  });

  it('scale PSNR by the range of A, by its magnitude where it is constant, else by 1', async () => {
    expect((await metrics([vector([10, 20]), vector([11, 21])])).psnr).toBeCloseTo(20);
    expect((await metrics([vector([100]), vector([101])])).psnr).toBeCloseTo(40);
    expect((await metrics([vector([0]), vector([0.1])])).psnr).toBeCloseTo(20);
  });

  it('point nowhere for zeros', async () => {
    expect((await metrics([vector([0]), vector([0])])).cosine).toBe(1);
    expect((await metrics([vector([0]), vector([2])])).cosine).toBe(0);
  });

  it('are absent where there is nothing to compare', async () => {
    const nothing = { absolute: null, relative: null, cosine: null, psnr: null, top1: null, top5: null, worst: null };
    expect(await metrics([vector([]), vector([])])).toMatchObject({ elements: 0, ...nothing });
    expect(await metrics([vector([nan]), vector([nan])])).toMatchObject({ elements: 1, mismatched: 0, ...nothing });
  });
});

describe('NaN and infinity', () => {
  it('are counted, and kept out of the errors', async () => {
    const a = vector([nan, nan, 1, infinity, infinity, -infinity, 5]);
    const b = vector([nan, 1, nan, infinity, -infinity, 2, 5]);
    expect(await metrics([a, b])).toMatchObject({
      elements: 7,
      nan: { a: 2, b: 2 },
      infinite: { a: 3, b: 2 },
      mismatched: 4,
      absolute: { max: 0 },
      cosine: 1,
      psnr: null,
    });
  });
});

describe('classes', () => {
  it('agree row by row, the first of equals', async () => {
    const a = matrix([1, 3, 3], [5, 1, 0], [0, 0, 0]);
    const b = matrix([0, 2, 1], [1, 5, 0], [0, 0, 1]);
    expect(await metrics([a, b])).toMatchObject({ top1: 1 / 3, top5: null });
  });

  it('look for A’s first among B’s first five', async () => {
    const a = matrix([9, 0, 0, 0, 0, 0], [9, 0, 0, 0, 0, 0]);
    const b = matrix([1, 2, 3, 4, 5, 0], [1, 2, 3, 4, 5, 6]);
    expect(await metrics([a, b])).toMatchObject({ top1: 0, top5: 0.5 });
  });

  it('never are NaN', async () => {
    expect((await metrics([matrix([nan, -1, -2]), matrix([-9, -1, nan])])).top1).toBe(1);
    expect((await metrics([matrix([nan, nan]), matrix([nan, nan])])).top1).toBe(1);
    expect((await metrics([matrix([nan, nan]), matrix([nan, 1])])).top1).toBe(0);
  });

  it('need rows of at least two real numbers', async () => {
    expect((await metrics([vector([1, 2]), vector([1, 2])])).top1).toBeNull();
    expect((await metrics([matrix([1], [2]), matrix([1], [2])])).top1).toBeNull();
    const complex = new Tensor('complex64', new Float32Array(8), [2, 2]);
    expect(await metrics([complex, complex])).toMatchObject({ elements: 8, top1: null });
  });
});

describe('element types', () => {
  it('narrower than float32 are decoded', async () => {
    const halves = [0, 0x8000, 1, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00];
    const values = [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -2, 65504, infinity, -infinity];
    const a = new Tensor('float16', new Uint16Array([...halves, 0x7e00]), [11]);
    const b = vector([...values, nan]);
    expect(await metrics([a, b])).toMatchObject({ absolute: { max: 0 }, mismatched: 0, nan: { a: 1, b: 1 } });
    const eights = new Tensor('float8e4m3fn', new Uint8Array([0x38, 0xc0, 0x7f]), [3]);
    expect(await metrics([eights, vector([1, -2, nan])])).toMatchObject({ absolute: { max: 0 }, mismatched: 0 });
    const brains = new Tensor('bfloat16', new Uint16Array([0x3f80, 0xc040, 0x7f80, 0x7fc0]), [4]);
    const numbers = vector([1, -3, infinity, nan]);
    expect(await metrics([brains, numbers])).toMatchObject({ absolute: { max: 0 }, mismatched: 0 });
  });
});

describe('properties', () => {
  const value = fc.float({ noNaN: false });
  const pairs = fc.array(fc.tuple(value, value), { maxLength: 60 });

  it('anything is perfect against itself', () =>
    fc.assert(
      fc.asyncProperty(fc.array(value), async (values) => {
        const result = await metrics([vector(values), vector(values)]);
        expect(result).toMatchObject({ mismatched: 0, psnr: null, worst: null });
        expect(result.absolute?.max ?? 0).toBe(0);
        expect(result.cosine ?? 1).toBe(1);
      }),
    ));

  it('absolute and relative errors and cosine are the same from either side', () =>
    fc.assert(
      fc.asyncProperty(pairs, async (both) => {
        const [a, b] = [vector(both.map(([x]) => x)), vector(both.map(([, y]) => y))];
        const [there, back] = [await metrics([a, b]), await metrics([b, a])];
        expect(there.absolute).toEqual(back.absolute);
        expect(there.relative).toEqual(back.relative);
        expect(there.cosine).toBe(back.cosine);
      }),
    ));

  it('percentiles are within 0.4 % of those of the sorted errors', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 1e-30, max: 1e30, noNaN: true }), { minLength: 1 }),
        async (errors) => {
          const { absolute } = await metrics([vector(errors.map(() => 0)), vector(errors)]);
          const sorted = errors.toSorted((x, y) => x - y);
          for (const [part, got] of [
            [0.5, absolute?.median],
            [0.99, absolute?.p99],
          ] as const) {
            const wanted = sorted[Math.ceil(part * sorted.length) - 1] as number;
            expect(Math.abs((got as number) - wanted)).toBeLessThanOrEqual(0.004 * wanted);
          }
        },
      ),
    ));
});

it('lets the event loop turn while it compares 10 MB', async () => {
  const large = new Tensor('float32', new Float32Array(2_500_000).fill(1), [2500, 1000]);
  let turns = 0;
  let busy = true;
  const turn = (): void => {
    turns += 1;
    if (busy) setImmediate(turn);
  };
  turn();
  await metrics([large, large]);
  busy = false;
  // A turn for every piece of 4096 elements: no wall clock here, as the machine may be busy.
  expect(turns).toBeGreaterThan(100);
});
