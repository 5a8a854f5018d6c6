// @module-tag versions
/** The last TensorRT-RTX with another ABI, the real one: called as if it were a later one, it would crash the process. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, type TestContext, test } from 'vitest';
import { modelSupport } from '../../dist/engine/model-support.js';
import { type BuildOptions, buildEngine } from '../../dist/index.js';
import { findLibraries } from '../../dist/libraries/find.js';
import { ROOT } from '../support/commands.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const REFUSED = {
  code: 'ENGINERY_LIBRARY_UNSUPPORTED',
  message: expect.stringMatching(/TensorRT-RTX 1\.4\.0\.76: too old, its ABI changed in 1\.5/),
};

function tooOld(context: TestContext): string {
  const library = inject('tooOld');
  return 'missing' in library ? context.skip(library.missing) : library.folder;
}

test('it is found, and good for nothing', async (context) => {
  const [found] = await findLibraries('tensorrt-rtx', { path: tooOld(context) });
  expect(found).toMatchObject({ version: '1.4.0.76', family: null, build: { ok: false, code: REFUSED.code } });
});

test.for<Partial<BuildOptions>>([{}, { isolate: true }, { allowUntested: true }])(
  'it builds nothing, %o',
  async (options, context) => {
    const library = tooOld(context);
    const folder = await temporaryFolder();
    const building = buildEngine(DIGITS, { ...options, output: join(folder, 'x.engine'), library });
    await expect(building).rejects.toMatchObject(REFUSED);
    expect(await readdir(folder)).toEqual([]);
  },
);

test('its parser is not asked about models', async (context) => {
  await expect(modelSupport(DIGITS, { library: tooOld(context) })).rejects.toMatchObject(REFUSED);
});

test('a supported release builds in the same process, after all that', async (context) => {
  const library = tooOld(context);
  await expect(buildEngine(DIGITS, { library })).rejects.toMatchObject(REFUSED);
  const output = join(await temporaryFolder(), 'x.engine');
  const built = await buildEngine(DIGITS, { output, library: inject('runtimes').at(-1)?.path });
  expect(built.manifest.runtime.family).toBe('rtx');
});
