/** How far what a GPU computes may be from what the CPU computes. */
import { expect } from 'vitest';
import type { Tensor } from '../../dist/index.js';

/** Fails where an element is off by more than `tolerance` of the largest there is, or of 1. Of float32. */
export function expectNear(gpu: Tensor | undefined, cpu: Tensor | undefined, tolerance: number): void {
  expect(gpu?.dims).toEqual(cpu?.dims);
  expect(gpu?.type).toBe(cpu?.type);
  const [ours, theirs] = [gpu?.data as Float32Array, cpu?.data as Float32Array];
  const scale = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  let worst = 0;
  for (let i = 0; i < theirs.length; i++) {
    worst = Math.max(worst, Math.abs((ours[i] as number) - (theirs[i] as number))); // NaN stays
  }
  expect(worst / scale).toBeLessThanOrEqual(tolerance);
}

/** The place of the largest in each row of the last dimension. */
export function topOnes({ data, dims }: Tensor): number[] {
  const width = dims.at(-1) as number;
  return Array.from({ length: data.length / width }, (_, row) => {
    const values = (data as Float32Array).subarray(row * width, (row + 1) * width);
    return values.indexOf(Math.max(...values));
  });
}
