// @module-tag libraries
/** The real TensorRT 10 and 11 libraries, as far as they go on a machine without a GPU. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test, vi } from 'vitest';
import { buildEngine, diagnose } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');

test.each(Object.entries(inject('enterprise')))('TensorRT %s is described', async (version, folder) => {
  vi.stubEnv('ENGINERY_TENSORRT_LIBRARY', folder);
  const { libraries } = await diagnose();
  expect(libraries).toContainEqual(
    expect.objectContaining({
      product: 'tensorrt',
      version: expect.stringContaining(version),
      family: version.startsWith('10') ? 'ent10' : 'ent11',
      build: { ok: true },
    }),
  );
  vi.unstubAllEnvs();
});

test.each(Object.entries(inject('enterprise')))('TensorRT %s says that it needs a driver', async (_, library) => {
  const { devices } = (await diagnose()).cuda;
  if (devices.length > 0) return; // then it builds, which is another test
  const folder = await temporaryFolder();
  await expect(
    buildEngine(DIGITS, { library, output: join(folder, 'x.engine'), versionCompatible: true }),
  ).rejects.toMatchObject({
    code: 'ENGINERY_GPU_REQUIRED',
    message: expect.stringContaining('CUDA error 35'),
    details: {
      log: expect.arrayContaining([
        expect.objectContaining({ message: expect.stringContaining('CUDA initialization failure with error: 35') }),
      ]),
    },
  });
  expect(await readdir(folder)).toEqual([]);
});
