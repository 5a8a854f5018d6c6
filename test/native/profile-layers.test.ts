// @module-tag layers
/** Times of layers, by ONNX Runtime's profiler. */
import { readdir } from 'node:fs/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { profileLayers } from '../../dist/index.js';
import { heavyModel } from '../support/heavy-model.js';
import { graph, int64s, node, value } from '../support/onnx-writer.js';
import { small } from '../support/small-models.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = 'examples/digits/digits.onnx';

describe('profileLayers', () => {
  it('gives every layer that ran, by its operator', async () => {
    const { runs, layers } = await profileLayers(DIGITS, { runs: 4, warmUpRuns: 1 });
    expect(runs).toBe(4);
    const operators = layers.map(({ operator }) => operator);
    expect(operators.filter((name) => name === 'Conv')).toHaveLength(3);
    expect(operators).toContain('Gemm');
    for (const { timeMs, averageMs } of layers) expect(averageMs).toBeCloseTo(timeMs / 4);
    expect(layers.reduce((sum, { percentage }) => sum + percentage, 0)).toBeCloseTo(100);
  });

  it('opens the model as it is told', async () => {
    const onnxruntime = { graphOptimizationLevel: 'disabled' } as const;
    const { layers } = await profileLayers(DIGITS, { runs: 1, session: { onnxruntime } });
    expect(layers.map(({ name }) => name)).toContain('/relu1/Relu');
  });

  it('keeps names as the model has them', async () => {
    const odd = ['a"b', 'back\\slash', 'two\nlines'];
    const nodes = odd.map((name, i) =>
      node('Exp', [i === 0 ? 'x' : `t${i}`], [i === 2 ? 'y' : `t${i + 1}`], {}, { name }),
    );
    const { layers } = await profileLayers(small(nodes), { runs: 1 });
    expect(layers.map(({ name }) => name)).toEqual(odd);
  });

  it('tells a loop from what runs inside it', async () => {
    const body = graph({
      nodes: [node('Identity', ['on'], ['go']), node('MatMul', ['a', 'a'], ['b'])],
      inputs: [value('i', 'int64', []), value('on', 'bool', []), value('a', 'float32', ['n', 'n'])],
      outputs: [value('go', 'bool', []), value('b', 'float32', ['n', 'n'])],
    });
    const loop = node('Loop', ['trips', '', 'x'], ['y'], { body: { graph: body } });
    const inputs = { x: ['float32', ['n', 'n']] } as const;
    const model = small([loop], { inputs, weights: { trips: ['int64', [], int64s([20])] } });
    const { layers } = await profileLayers(model, { shapes: { x: [160, 160] } });
    const share = (operator: string): number => layers.find((layer) => layer.operator === operator)?.percentage ?? 0;
    expect(share('MatMul')).toBeGreaterThan(share('Loop'));
    expect(share('Loop')).toBeGreaterThan(0);
  });

  it('ends when aborted, and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    vi.stubEnv('TMPDIR', folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    const options = { shapes: { x: [256, 256] }, signal: AbortSignal.timeout(300) };
    await expect(profileLayers(heavyModel(2000), options)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says so where there is no folder for temporary files', async () => {
    vi.stubEnv('TMPDIR', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(profileLayers(DIGITS)).rejects.toMatchObject({ code: 'ENGINERY_OUTPUT_UNWRITABLE' });
  });

  it.each<[string, object, string, RegExp]>([
    ['no runs', { runs: 0 }, 'ENGINERY_INVALID_OPTION', /^runs is 0/],
    ['half a run', { warmUpRuns: 0.5 }, 'ENGINERY_INVALID_OPTION', /^warmUpRuns is 0.5/],
    ['onnxruntime-node', { session: { backend: 'onnxruntime-worker' } }, 'ENGINERY_OPTION_UNSUPPORTED', /onnxruntime/],
  ])('refuses %s', async (_what, options, code, message) => {
    const error = await profileLayers(DIGITS, options).catch((reason) => reason);
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
  });
});
