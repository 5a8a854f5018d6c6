import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, percentile } from '../../../dist/stats/percentile.js';
import { poissonArrivals } from '../../../dist/stats/poisson.js';
import { seededRandom } from '../../../dist/stats/random.js';
import { summarize } from '../../../dist/stats/summary.js';

const oneToTen = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });

describe('percentile', () => {
  // trtexec takes floor((1 - p) * count) off the top, and gives the largest of the rest.
  it.each([
    [100, 10],
    [99, 10],
    [95, 10],
    [90, 9],
    [50, 5],
    [10, 1],
    [0, 1],
  ])('of 1 to 10 at %d is %d', (percent, expected) => {
    expect(percentile(oneToTen, percent)).toBe(expected);
  });

  it('loses no run to rounding', () => {
    const thousand = Array.from({ length: 1000 }, (_, i) => i + 1);
    expect(percentile(thousand, 99.9)).toBe(999);
    expect(percentile(thousand, 99)).toBe(990);
    expect(percentile(thousand, 90)).toBe(900);
  });

  it('of nothing is NaN', () => {
    expect(percentile([], 90)).toBeNaN();
    expect(median([])).toBeNaN();
  });

  it('is the largest value with at least the excluded share above it, counted one by one', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 100 }), (sample, percent) => {
        const left = [...sample];
        for (let taken = 1; taken * 100 <= (100 - percent) * sample.length && left.length > 1; taken++) {
          left.splice(left.indexOf(left.reduce((a, b) => Math.max(a, b))), 1);
        }
        const sorted = sample.toSorted((a, b) => a - b);
        expect(percentile(sorted, percent)).toBeCloseTo(
          left.reduce((a, b) => Math.max(a, b)),
          9,
        );
      }),
    );
  });
});

describe('summarize', () => {
  it('gives what was computed by hand', () => {
    expect(summarize([4, 1, 3, 2], [50, 99.9])).toEqual({
      min: 1,
      max: 4,
      mean: 2.5,
      median: 2.5,
      percentiles: { '50': 2, '99.9': 4 },
    });
    expect(summarize([7, 9, 8], []).median).toBe(8);
    expect(summarize([], [90])).toMatchObject({ min: Number.NaN, mean: Number.NaN, percentiles: { '90': Number.NaN } });
  });

  it('keeps order, and what it was given', () => {
    fc.assert(
      fc.property(values, (sample) => {
        const copy = [...sample];
        const { min, max, mean, median: middle, percentiles } = summarize(sample, [0, 50, 90, 100]);
        expect(sample).toEqual(copy);
        expect([min, max]).toEqual([percentiles['0'], percentiles['100']]);
        const ascending = [min, percentiles['50'], percentiles['90'], max] as number[];
        expect(ascending).toEqual(ascending.toSorted((a, b) => a - b));
        for (const inside of [mean, middle]) {
          expect(inside).toBeGreaterThanOrEqual(min - 1e-6);
          expect(inside).toBeLessThanOrEqual(max + 1e-6);
        }
        expect(sample.filter((value) => value < middle).length * 2).toBeLessThanOrEqual(sample.length);
        expect(sample.filter((value) => value > middle).length * 2).toBeLessThanOrEqual(sample.length);
      }),
    );
  });
});

describe('seededRandom', () => {
  it('repeats itself for a seed, and differs for others', () => {
    const take = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed));
    expect(take(1)).toEqual(take(1));
    expect(take(1)).not.toEqual(take(2));
  });

  it('spreads evenly over 0 to 1', () => {
    const random = seededRandom(7);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const slot = Math.floor(random() * 10);
      counts[slot] = (counts[slot] ?? Number.NaN) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('poissonArrivals', () => {
  it('inverts the exponential distribution, in milliseconds', () => {
    const arrivals = poissonArrivals(100, () => 1 - Math.exp(-1));
    expect(arrivals.next().value).toBeCloseTo(10);
    expect(arrivals.next().value).toBeCloseTo(20);
  });

  it('has the rate asked for, and gaps as irregular as chance makes them', () => {
    const gaps: number[] = [];
    let last = 0;
    for (const time of poissonArrivals(50, seededRandom(3))) {
      gaps.push(time - last);
      last = time;
      if (gaps.length === 10_000) break;
    }
    const { min, mean } = summarize(gaps, []);
    const variance = summarize(
      gaps.map((gap) => (gap - mean) ** 2),
      [],
    ).mean;
    expect(min).toBeGreaterThanOrEqual(0);
    expect(mean).toBeGreaterThan(19);
    expect(mean).toBeLessThan(21);
    // Of an exponential distribution the standard deviation is the mean.
    expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.95);
    expect(Math.sqrt(variance) / mean).toBeLessThan(1.05);
  });
});
