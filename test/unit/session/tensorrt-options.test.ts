import { expect, it } from 'vitest';
import { checkTensorRTOptions } from '../../../dist/session/tensorrt-options.js';

it.each([
  [undefined, -2],
  ['auto', -1],
  [0, 0],
  ['0', 0],
  [4096, 4096],
  ['4096', 4096],
  ['2GiB', 2 ** 31],
])('a budget of weights, %o, is %i', (weightStreamingBudget, bytes) => {
  expect(checkTensorRTOptions({ weightStreamingBudget }).weightStreamingBudget).toBe(bytes);
});

it.each([-1, -2, 0.5, Number.NaN, '', '-1', '50%', 'all', true])('%o is none', (weightStreamingBudget) => {
  expect(() => checkTensorRTOptions({ weightStreamingBudget } as never)).toThrow(
    expect.objectContaining({ code: 'ENGINERY_INVALID_OPTION' }),
  );
});
