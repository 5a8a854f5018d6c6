/** Files that are full of the same: what each kind of thing in a graph takes in memory, and in time. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryOf } from '../support/memory.js';
import { attribute, bytes, graph, int, int64s, model, node, tensor, value } from '../support/onnx-writer.js';
import { temporaryFolder } from '../support/temporary.js';

const SIZES = [300_000, 4_000_000];
const LONGEST_MS = 1000;

/** Parts of a GraphProto, until they are `size` bytes. */
function full(size: number, part: (index: number) => Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let length = 0, i = 0; length < size; i++) {
    const next = part(i);
    parts.push(next);
    length += next.length;
  }
  return Buffer.concat(parts);
}

const dims = (count: number): number[] => Array.from({ length: count }, (_, i) => (i % 7) + 1);
const constant = tensor({ name: '', type: 'int64', dims: [1], data: int64s([1]) });

/** One graph, each full of one kind of thing. */
const KINDS: Readonly<Record<string, (size: number) => Buffer>> = {
  'empty nodes': (size) => full(size, () => bytes(1, '')),
  'a chain of nodes': (size) => full(size, (i) => bytes(1, node('Relu', [`v${i}`], [`v${i + 1}`], {}, { name: '' }))),
  'nodes of many names': (size) => full(size, (i) => bytes(1, node(`O${i}`, [`abc${i}`], [`def${i}`]))),
  'a node of many inputs': (size) => bytes(1, Buffer.concat([full(size, () => bytes(1, '')), bytes(4, 'Concat')])),
  'a node of many outputs': (size) =>
    bytes(1, Buffer.concat([full(size, (i) => bytes(2, `o${i}`)), bytes(4, 'Split')])),
  attributes: (size) =>
    bytes(
      1,
      full(size, (i) => bytes(5, attribute(`a${i}`, 1))),
    ),
  'lists of numbers': (size) => full(size, () => bytes(1, bytes(5, attribute('a', Array<number>(1000).fill(300))))),
  'empty tensors': (size) => full(size, () => bytes(5, '')),
  'small tensors': (size) =>
    full(size, (i) => bytes(5, tensor({ name: `w${i}`, type: 'int32', dims: [64], data: Buffer.alloc(256, 1) }))),
  constants: (size) => full(size, (i) => bytes(1, node('Constant', [], [`c${i}`], { value: { tensor: constant } }))),
  'described values': (size) => full(size, (i) => bytes(13, value(`v${i}`, 'float32', [2, `n${i}`]))),
  'dims of values': (size) => full(size, () => bytes(13, value('v', 'float32', dims(500)))),
  'high ranks': (size) =>
    Buffer.concat([
      bytes(11, value('v0', 'float32', dims(12))),
      full(size, (i) => bytes(1, node('Relu', [`v${i}`], [`v${i + 1}`], {}, { name: '' }))),
    ]),
  'computed shapes': (size) =>
    Buffer.concat([
      bytes(5, tensor({ name: 'v0', type: 'int64', dims: [16], data: int64s(dims(16)) })),
      full(size, (i) => bytes(1, node('Add', [`v${i}`, 'v0'], [`v${i + 1}`], {}, { name: '' }))),
    ]),
  subgraphs: (size) => full(size, () => bytes(1, node('If', [], [], { then_branch: { graph: graph({}) } }))),
};

test.each(Object.entries(KINDS))('%s: time is bounded, and memory by 4 × the file + 50 MB', async (kind, make) => {
  const path = join(await temporaryFolder(), 'model.onnx');
  for (const size of SIZES) {
    const content = model(make(size));
    await writeFile(path, content);
    const { grown, longest } = await memoryOf([path]);
    console.log(`${kind}, ${content.length} bytes: ${(grown / 1e6).toFixed(0)} MB, ${longest.toFixed(0)} ms`);
    expect(grown).toBeLessThan(4 * content.length + 50e6);
    expect(longest).toBeLessThan(LONGEST_MS);
  }
});

test('a graph in a million pieces is one graph', async () => {
  const path = join(await temporaryFolder(), 'model.onnx');
  const pieces = full(4_000_000, () => bytes(7, ''));
  await writeFile(path, Buffer.concat([int(1, 8), pieces, bytes(8, int(2, 17))]));
  const { grown, longest } = await memoryOf([path]);
  expect(grown).toBeLessThan(50e6);
  expect(longest).toBeLessThan(LONGEST_MS);
});
