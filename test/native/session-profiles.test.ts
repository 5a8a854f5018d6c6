// @module-tag profiles
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSession, type SessionOptions, Tensor } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import * as models from '../support/models.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const images = (count: number): Tensor => new Tensor('float32', new Float32Array(784 * count), [count, 1, 28, 28]);
const range = (min: number, max: number) => ({
  image: { min: [min, 1, 28, 28], opt: [max, 1, 28, 28], max: [max, 1, 28, 28] },
});

/** Batches that a session of digits takes, of those from 1 to 6. */
async function taken(model: string, options: SessionOptions): Promise<number[]> {
  const session = await createSession(model, { backend: 'cpu', ...options });
  const batches: number[] = [];
  for (let count = 1; count <= 6; count++) {
    await session.run({ image: images(count) }).then(
      () => batches.push(count),
      (error) => expect(error).toMatchObject({ code: 'ENGINERY_INVALID_FEED' }),
    );
  }
  await session.dispose();
  return batches;
}

describe('profiles on the CPU', () => {
  it('are enforced where they are declared, any of several', async () => {
    expect(await taken(DIGITS, {})).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await taken(DIGITS, { engine: { profiles: [range(2, 4)] } })).toEqual([2, 3, 4]);
    expect(await taken(DIGITS, { engine: { profiles: [range(1, 1), range(5, 6)] } })).toEqual([1, 5, 6]);
  });

  it('come from the file beside the model, unless the caller gives some', async () => {
    const folder = await temporaryFolder();
    const model = join(folder, 'digits.onnx');
    await copyFile(DIGITS, model);
    await writeFile(join(folder, 'digits.enginery.json'), JSON.stringify({ profiles: [range(1, 3)] }));
    expect(await taken(model, {})).toEqual([1, 2, 3]);
    expect(await taken(model, { engine: { profiles: [range(4, 4)] } })).toEqual([4]);
    expect(await taken(model, { engine: { profiles: undefined } })).toEqual([1, 2, 3]);
  });

  it('are errors where they are wrong', async () => {
    const folder = await temporaryFolder();
    const model = join(folder, 'digits.onnx');
    const beside = join(folder, 'digits.enginery.json');
    await copyFile(DIGITS, model);
    const open = (options: SessionOptions = {}): Promise<unknown> =>
      createSession(model, { backend: 'cpu', ...options });
    await expect(open({ engine: { profiles: [{ pixels: range(1, 2).image }] } })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_PROFILE',
    });
    await expect(open({ engine: { build: 'always' as never } })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_OPTION',
    });
    for (const text of ['{', '[]', '7']) {
      await writeFile(beside, text);
      await expect(open()).rejects.toMatchObject({ code: 'ENGINERY_INVALID_OPTION' });
    }
    await writeFile(beside, JSON.stringify({ profils: [range(1, 3)] }));
    await expect(open()).rejects.toMatchObject({
      code: 'ENGINERY_OPTION_UNSUPPORTED',
      message: `${beside}: profils is no option`,
      hint: 'Did you mean profiles?',
    });
    await writeFile(beside, JSON.stringify({ profiles: 7 }));
    await expect(open()).rejects.toMatchObject({ code: 'ENGINERY_INVALID_PROFILE' });
    await mkdir(join(folder, 'other'));
    await copyFile(DIGITS, join(folder, 'other/m.onnx'));
    await mkdir(join(folder, 'other/m.enginery.json'));
    await expect(createSession(join(folder, 'other/m.onnx'))).rejects.toMatchObject({
      code: 'ENGINERY_FILE_UNREADABLE',
    });
  });

  it('bound what shape tensors hold', async () => {
    const batch = (count: number) => ({ min: [1, 4], opt: [count, 4], max: [count, 4] });
    const profile = { a: batch(4), b: batch(4), shape: { values: { min: [1, 1], opt: [4, 4], max: [8, 8] } } };
    const session = await createSession(models.multiInput(), { backend: 'cpu', engine: { profiles: [profile] } });
    const floats = new Tensor('float32', new Float32Array(16), [4, 4]);
    const feeds = (rows: bigint, columns: bigint) => ({
      a: floats,
      b: floats,
      shape: new Tensor('int64', BigInt64Array.of(rows, columns), [2]),
    });
    expect((await session.run(feeds(2n, 8n))).y?.dims).toEqual([2, 8]);
    await expect(session.run(feeds(1n, 16n))).rejects.toThrow(/"shape" holds \[1, 16\]/);
    await session.dispose();
  });
});
