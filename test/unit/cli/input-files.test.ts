import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadInput } from '../../../dist/cli/input-files.js';
import type { ValueInfo } from '../../../dist/onnx/model-info.js';
import { formatNpy } from '../../../dist/tensor/npy.js';
import { Tensor } from '../../../dist/tensor/tensor.js';
import { ROOT } from '../../support/commands.js';
import { temporaryFolder } from '../../support/temporary.js';

const input: ValueInfo = { name: 'a', kind: 'tensor', type: 'float32', dims: ['n', 2] };
const tensor = new Tensor('float32', new Float32Array([1, 2]), [1, 2]);
const bytes = Buffer.from(new Float32Array([1, 2]).buffer);

async function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return path;
}

it('reads .npy and .json as they are', async () => {
  expect(await loadInput(await fileOf('x.NPY', formatNpy(tensor)), input)).toEqual(tensor);
  expect(await loadInput(await fileOf('x.json', '[[1, 2]]'), input)).toEqual(tensor);
});

it('reads raw bytes as the dims say', async () => {
  const path = await fileOf('x.bin', bytes);
  expect(await loadInput(path, input, { dims: [1, 2] })).toEqual(tensor);
  expect(await loadInput(path, { ...input, type: 'uint16' }, { dims: [4] })).toMatchObject({
    type: 'uint16',
    dims: [4],
  });
});

it('reads anything else as an image, as the preprocessing says', async () => {
  const image: ValueInfo = { ...input, dims: [1, 1, 'height', 'width'] };
  const path = join(ROOT, 'examples/digits/samples/7-0.png');
  expect(await loadInput(path, image)).toMatchObject({ dims: [1, 1, 28, 28] });
  const preprocess = { height: 14, width: 7, mean: [1], std: [1] };
  const { dims, data } = await loadInput(path, image, { preprocess });
  expect(dims).toEqual([1, 1, 14, 7]);
  expect((data as Float32Array)[0]).toBe(-1);
});

it.each<[string, string | Uint8Array, ValueInfo, readonly unknown[] | null, string]>([
  ['x.json', '[1', input, null, 'x.json: '],
  ['x.json', '["a"]', input, null, 'x.json: "a" is no float32'],
  ['x.bin', bytes, input, [2, 2], 'x.bin has 8 bytes; float32 [2, 2] has 16'],
  ['x.bin', bytes, input, ['n', 2], 'x.bin: input "a" has open dims: [n, 2]'],
  ['x.bin', bytes, { ...input, dims: null }, null, 'x.bin: input "a" is of unknown rank'],
  ['x.bin', bytes, { ...input, type: 'string' }, [1], 'x.bin: input "a" is string'],
  ['x.npy', bytes, input, null, 'x.npy is no .npy file'],
  ['x.png', bytes, input, null, 'An image does not fit input "a"'],
])('refuses %s that does not fit', async (name, content, into, dims, message) => {
  const error = await loadInput(await fileOf(name, content), into, { dims }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'ENGINERY_INVALID_ARGUMENT' });
  expect((error as Error).message).toContain(message);
});

it.each(['none.npy', 'none.json', 'none.bin'])('says when %s is missing', async (name) => {
  await expect(loadInput(join(await temporaryFolder(), name), input)).rejects.toMatchObject({
    code: 'ENGINERY_FILE_NOT_FOUND',
  });
});
