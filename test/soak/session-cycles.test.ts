// @module-tag endurance
/** Memory comes back when sessions are disposed of. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { node } from '../support/onnx-writer.js';
import { small } from '../support/small-models.js';
import { inProcess, megabytes, SHARE, table } from '../support/soak.js';
import { temporaryFolder } from '../support/temporary.js';

const CYCLES = 2 * Math.round(100 * SHARE);
/** 1600 × 1600 float32 are 10 MB of weights. */
const SIZE = 1600;
const MOST_GROWN = 4 * 2 ** 20;

test(`${CYCLES} sessions with 10 MB of weights leave no memory taken`, async () => {
  const model = join(await temporaryFolder(), 'weights.onnx');
  const weights = Buffer.from(new Float32Array(SIZE * SIZE).fill(0.5).buffer);
  const content = small([node('MatMul', ['x', 'w'], ['y'])], {
    inputs: { x: ['float32', [1, SIZE]] },
    weights: { w: ['float32', [SIZE, SIZE], weights] },
    outputs: { y: ['float32', [1, SIZE]] },
  });
  await writeFile(model, content);
  const began = performance.now();
  const { half, end } = await inProcess<{ half: number; end: number }>('session-cycles.mjs', {
    model,
    dims: [1, SIZE],
    cycles: CYCLES,
  });
  const figures = {
    'create, run, dispose': CYCLES,
    seconds: ((performance.now() - began) / 1000).toFixed(0),
    'resident memory at half time': megabytes(half),
    'resident memory at the end': megabytes(end),
    'grown (most: 4.0 MB)': megabytes(end - half),
  };
  console.log(table(figures));
  expect(end - half).toBeLessThanOrEqual(MOST_GROWN);
});
