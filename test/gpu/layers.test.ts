// @module-tag layers
/** What TensorRT says of an engine's layers, and what they take. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { profileLayers } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { digits } from '../support/sample-images.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const engine = {
  profiles: [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [16, 1, 28, 28] } }],
  profilingVerbosity: 'detailed',
} as const;

onEveryGpu((gpu) => {
  test('are described before a run and after one', async () => {
    const { image } = await digits();
    const session = await open(gpu, DIGITS, { engine });
    for (const _when of ['before', 'after']) {
      const { Layers: layers } = JSON.parse(await session.layerInfo());
      expect(layers.length).toBeGreaterThan(0);
      for (const { Name } of layers) expect(Name).not.toBe('');
      await session.run({ image });
    }
    await session.dispose();
  });

  test('are timed in each run', async () => {
    const { image } = await digits();
    const session = { backend: gpu.backend, engine: { ...engine, library: gpu.library } };
    const { runs, layers } = await profileLayers(DIGITS, { session, feeds: { image }, runs: 5, warmUpRuns: 2 });
    expect(runs).toBe(5);
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    expect(sum(layers.map(({ timeMs }) => timeMs))).toBeGreaterThan(0);
    expect(sum(layers.map(({ percentage }) => percentage))).toBeCloseTo(100);
    for (const { timeMs, averageMs } of layers) expect(averageMs).toBeCloseTo(timeMs / runs);
  });
});
