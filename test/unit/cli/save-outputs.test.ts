import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fileNames, saveOutputs } from '../../../dist/cli/save-outputs.js';
import { parseNpy } from '../../../dist/tensor/npy.js';
import { Tensor } from '../../../dist/tensor/tensor.js';
import { temporaryFolder } from '../../support/temporary.js';

const y = new Tensor('int32', new Int32Array([1, 2]), [2]);

it('writes each output into a new folder', async () => {
  const folder = join(await temporaryFolder(), 'a/b');
  expect(await saveOutputs(folder, { y, 'x/z:0': y })).toEqual({
    y: join(folder, 'y.npy'),
    'x/z:0': join(folder, 'x_z_0.npy'),
  });
  expect((await readdir(folder)).sort()).toEqual(['x_z_0.npy', 'y.npy']);
  expect(parseNpy(await readFile(join(folder, 'y.npy')), 'y')).toEqual(y);
});

it('makes names that stay in the folder and differ', () => {
  expect(fileNames(['../../etc/x', '..', '', 'a', 'A', 'a b', 'a_b', '\0', `${'é'.repeat(300)}`])).toEqual([
    '_.._etc_x.npy',
    'output.npy',
    'output-2.npy',
    'a.npy',
    'A-2.npy',
    'a_b.npy',
    'a_b-2.npy',
    '_.npy',
    '_-2.npy',
  ]);
  expect(fileNames(['x'.repeat(1000)])[0]).toHaveLength(204);
});

it('says what cannot be written', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  await expect(saveOutputs(file, { y })).rejects.toMatchObject({ code: 'ENGINERY_OUTPUT_UNWRITABLE' });
  const strange = new Tensor('bfloat16', new Uint16Array(1), [1]);
  await expect(saveOutputs(`${file}2`, { strange })).rejects.toThrow('output "strange": bfloat16');
});
