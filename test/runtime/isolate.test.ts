// @module-tag build
/** Builds in a process of their own. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildEngine } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { identity } from '../support/models.js';
import { CRASHES, fakeTensorRT } from '../support/shared-objects.js';
import { temporaryFolder } from '../support/temporary.js';
import { tensorrtRtx } from '../support/tensorrt-rtx.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');

test('give the same engine, progress, log and errors', async (context) => {
  await tensorrtRtx(context);
  const folder = await temporaryFolder();
  const [plain, isolated] = [join(folder, 'plain.engine'), join(folder, 'isolated.engine')];
  const phases: string[] = [];
  let lines = 0;
  const a = await buildEngine(DIGITS, { output: plain });
  const b = await buildEngine(DIGITS, {
    output: isolated,
    isolate: true,
    onProgress: ({ phase }) => phases.push(phase),
    onLog: () => lines++,
  });
  expect(await readFile(isolated)).toEqual(await readFile(plain));
  expect(b.manifest.options).toEqual(a.manifest.options);
  expect(phases).toContain('Building engine');
  expect(lines).toBeGreaterThan(10);
  await expect(buildEngine(identity().subarray(0, -20), { output: plain, isolate: true })).rejects.toMatchObject({
    code: 'ENGINERY_INVALID_MODEL',
  });
  const refused = buildEngine(DIGITS, { output: plain, isolate: true, buildRoute: '-no-such-route' });
  await expect(refused).rejects.toMatchObject({ code: 'ENGINERY_OPTION_REFUSED', details: { option: 'buildRoute' } });
  expect((await readdir(folder)).sort()).toEqual(
    ['isolated', 'plain'].flatMap((n) => [`${n}.engine`, `${n}.engine.json`]),
  );
});

test('end with their signal', async (context) => {
  await tensorrtRtx(context);
  const folder = await temporaryFolder();
  const controller = new AbortController();
  const building = buildEngine(DIGITS, {
    output: join(folder, 'x.engine'),
    isolate: true,
    signal: controller.signal,
    onProgress: ({ phase }) => phase === 'Building engine' && controller.abort(),
  });
  await expect(building).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(folder)).toEqual([]);
});

test('may crash, and that is an error', async () => {
  const folder = await temporaryFolder();
  const library = await fakeTensorRT(join(folder, 'libtensorrt_rtx.so.1'), '1.7.1.0', CRASHES);
  await fakeTensorRT(join(folder, 'libtensorrt_onnxparser_rtx.so.1'), '1.7.1.0', CRASHES);
  const output = join(folder, 'x.engine');
  await expect(buildEngine(DIGITS, { output, library, isolate: true })).rejects.toMatchObject({
    code: 'ENGINERY_BUILD_CRASHED',
    message: expect.stringContaining('SIGABRT'),
    details: { signal: 'SIGABRT' },
  });
  expect((await readdir(folder)).filter((name) => name.includes('engine'))).toEqual([]);
});
