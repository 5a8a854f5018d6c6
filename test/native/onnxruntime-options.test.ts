// @module-tag sessions
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSession, type OnnxRuntimeOptions, Tensor } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const image = new Tensor('float32', new Float32Array(784), [1, 1, 28, 28]);

async function logits(onnxruntime?: OnnxRuntimeOptions): Promise<number[]> {
  const session = await createSession(DIGITS, { backend: 'cpu', onnxruntime });
  const { logits } = await session.run(image);
  await session.dispose();
  return Array.from(logits?.data as Float32Array);
}

describe('ONNX Runtime’s own options', () => {
  it('change how a model runs, not what it gives', async () => {
    const expected = await logits();
    const variants: OnnxRuntimeOptions[] = [
      { graphOptimizationLevel: 'disabled' },
      { graphOptimizationLevel: 'extended', enableCpuMemArena: false, enableMemPattern: false },
      { executionMode: 'parallel', interOpNumThreads: 2 },
      { freeDimensionOverrides: { batch: 1 } },
      { config: { 'session.set_denormal_as_zero': '1' } },
    ];
    for (const variant of variants) {
      const got = await logits(variant);
      got.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] as number, 4);
      });
    }
  });

  it('write a profile where one is asked for', async () => {
    const folder = await temporaryFolder();
    await logits({ profileFilePrefix: join(folder, 'digits') });
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^digits.*\.json$/)]);
  });

  it('are refused by name where they are wrong', async () => {
    const wrong: [OnnxRuntimeOptions, string, RegExp][] = [
      [
        { graphOptimisation: 'all' } as never,
        'ENGINERY_OPTION_UNSUPPORTED',
        /onnxruntime.graphOptimisation is no option/,
      ],
      [{ graphOptimizationLevel: 'most' as never }, 'ENGINERY_INVALID_OPTION', /disabled, basic, extended, all/],
      [{ graphOptimizationLevel: 'constructor' as never }, 'ENGINERY_INVALID_OPTION', /expected one of/],
      [{ interOpNumThreads: 0 }, 'ENGINERY_INVALID_OPTION', /interOpNumThreads/],
      [{ enableMemPattern: 1 as never }, 'ENGINERY_INVALID_OPTION', /true or false/],
      [{ freeDimensionOverrides: { batch: -1 } }, 'ENGINERY_INVALID_OPTION', /freeDimensionOverrides/],
      [{ config: { 'a\0b': '1' } }, 'ENGINERY_INVALID_OPTION', /config/],
      [{ customOpLibraries: ['/nowhere/libops.so'] }, 'ENGINERY_INVALID_OPTION', /libops\.so/],
    ];
    for (const [onnxruntime, code, message] of wrong) {
      const error = await createSession(DIGITS, { backend: 'cpu', onnxruntime }).catch((reason) => reason);
      expect(error).toMatchObject({ code });
      expect(error.message).toMatch(message);
    }
  });

  it('are refused by the worker, which would ignore them', async () => {
    const options = { backend: 'onnxruntime-worker', onnxruntime: { graphOptimizationLevel: 'all' } } as const;
    await expect(createSession(DIGITS, options)).rejects.toMatchObject({ code: 'ENGINERY_OPTION_UNSUPPORTED' });
  });
});
