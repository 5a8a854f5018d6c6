import { copyFile, mkdir, open, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { findLibraries } from '../../../dist/libraries/find.js';
import { resolveOnnxRuntime, resolveTensorRT } from '../../../dist/libraries/resolve.js';
import { compileSource, fakeTensorRT } from '../../support/shared-objects.js';
import { isolatedHome } from '../../support/temporary.js';

const LIBRARY = 'libtensorrt_rtx.so.1';
const PARSER = 'libtensorrt_onnxparser_rtx.so.1';

async function fakeRtx(folder: string, version: string, extra?: string): Promise<string> {
  const path = await fakeTensorRT(join(folder, LIBRARY), version, extra);
  await compileSource(join(folder, PARSER), 'extern "C" int getNvOnnxParserVersion() { return 100; }');
  return path;
}

describe('the search order', () => {
  it('is option, environment, setup, site-packages, loader path', async () => {
    const home = await isolatedHome();
    const inSite = join(home, 'venv/lib/python3.11/site-packages/tensorrt_rtx_libs');
    const obtained = join(home, 'data/enginery/libraries/tensorrt-rtx-1.6.1.120');
    const optional = await fakeRtx(join(home, 'option'), '1.5.0.1');
    await fakeRtx(join(home, 'environment/lib'), '1.5.0.2');
    await fakeRtx(obtained, '1.6.1.120');
    const { size } = await open(join(obtained, LIBRARY)).then(async (file) => {
      const stat = await file.stat();
      await file.close();
      return stat;
    });
    const files = [{ name: LIBRARY, bytes: size, sha256: '' }];
    await writeFile(
      join(obtained, 'enginery.json'),
      JSON.stringify({ product: 'tensorrt-rtx', version: '1.6.1.120', wheel: '', library: LIBRARY, files }),
    );
    await fakeRtx(inSite, '1.7.0.3');
    await fakeRtx(join(home, 'loader'), '1.7.0.4');
    vi.stubEnv('ENGINERY_TENSORRT_RTX_LIBRARY', join(home, 'environment'));
    vi.stubEnv('VIRTUAL_ENV', join(home, 'venv'));
    vi.stubEnv('LD_LIBRARY_PATH', join(home, 'loader'));

    const found = (await findLibraries('tensorrt-rtx', { path: optional })).filter(({ path }) => path.startsWith(home));
    expect(found.map(({ source, version }) => [source, version])).toEqual([
      ['option', '1.5.0.1'],
      ['environment', '1.5.0.2'],
      ['setup', '1.6.1.120'],
      ['site-packages', '1.7.0.3'],
      ['system', '1.7.0.4'],
    ]);
    expect(found.every(({ build, family }) => build.ok && family === 'rtx')).toBe(true);
    expect(found[1]?.parserPath).toBe(join(home, 'environment/lib', PARSER));
  });

  it('names a library once, however many links lead to it, and takes the newest of a folder', async () => {
    const home = await isolatedHome();
    const folder = join(home, 'sdk/lib');
    await fakeTensorRT(join(folder, 'libtensorrt_rtx.so.1.7.1'), '1.7.1.116');
    await symlink('libtensorrt_rtx.so.1.7.1', join(folder, LIBRARY));
    await compileSource(join(folder, 'libtensorrt_onnxparser_rtx.so.1.7.1'), 'extern "C" int f() { return 1; }');
    vi.stubEnv('TENSORRT_RTX_ROOT', join(home, 'sdk'));
    vi.stubEnv('LD_LIBRARY_PATH', folder);
    const found = (await findLibraries('tensorrt-rtx')).filter(({ path }) => path.startsWith(home));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      source: 'sdk',
      path: join(folder, 'libtensorrt_rtx.so.1.7.1'),
      parserPath: join(folder, 'libtensorrt_onnxparser_rtx.so.1.7.1'),
      build: { ok: true },
    });
  });
});

describe('what cannot be used is refused with its path and the reason', () => {
  const cases: Record<string, { make: (folder: string) => Promise<string>; reason: RegExp; code?: string }> = {
    'a file that is not there': {
      make: async (folder) => join(folder, 'absent.so'),
      reason: /absent\.so: there is no such file/,
    },
    'an empty folder': { make: async (folder) => folder, reason: /it is a folder/ },
    'a text file': {
      make: async (folder) => {
        await writeFile(join(folder, LIBRARY), 'not a library\n');
        return folder;
      },
      reason: /it is not a shared library \(no ELF header\)/,
    },
    'an empty file': {
      make: async (folder) => {
        await writeFile(join(folder, LIBRARY), '');
        return folder;
      },
      reason: /it is empty/,
    },
    'a truncated library': {
      make: async (folder) => {
        const path = await fakeRtx(folder, '1.7.1.116');
        await truncate(path, 9000);
        return path;
      },
      reason: /it is truncated: 9000 bytes/,
    },
    'another architecture': {
      make: async (folder) => {
        const path = await fakeRtx(folder, '1.7.1.116');
        const bytes = await readFile(path);
        bytes.writeUInt16LE(243, 18);
        await writeFile(path, bytes);
        return path;
      },
      reason: /another architecture: riscv, and this is/,
    },
    'another library': {
      make: (folder) => compileSource(join(folder, LIBRARY), 'extern "C" int f() { return 1; }'),
      reason: /none of their entry points is exported/,
    },
    'a library whose own dependency is missing': {
      make: (folder) => fakeRtx(folder, '1.7.1.116', 'extern "C" int absent(); int use() { return absent(); }'),
      reason: /undefined symbol: absent/,
    },
    'ONNX Runtime in its place': {
      make: (folder) =>
        compileSource(
          join(folder, LIBRARY),
          `static const char* version() { return "1.30.0"; }
           static struct { const void* (*api)(unsigned); const char* (*version)(); } base = {nullptr, version};
           extern "C" void* OrtGetApiBase() { return &base; }`,
        ),
      reason: /it is onnxruntime, not TensorRT-RTX/,
    },
    'a library without its parser': {
      make: (folder) => fakeTensorRT(join(folder, LIBRARY), '1.7.1.116'),
      reason: /ONNX parser, libtensorrt_onnxparser_rtx\.so\.1, is not beside it/,
    },
    'TensorRT-RTX 1.4': {
      make: (folder) => fakeRtx(folder, '1.4.0.76'),
      reason: /libtensorrt_rtx\.so\.1: TensorRT-RTX 1\.4\.0\.76: too old, its ABI changed in 1\.5/,
      code: 'ENGINERY_LIBRARY_UNSUPPORTED',
    },
    'a newer TensorRT-RTX that crashes in the trial build': {
      make: (folder) =>
        fakeRtx(folder, '1.8.0.1', 'extern "C" void* createInferBuilder_INTERNAL(void*, int) { __builtin_trap(); }'),
      reason: /1\.8\.0\.1: newer than this release was tested with, and a trial build failed: .+/,
      code: 'ENGINERY_LIBRARY_UNSUPPORTED',
    },
  };

  it.each(Object.entries(cases))('%s', async (_, { make, reason, code = 'ENGINERY_LIBRARY_UNUSABLE' }) => {
    const home = await isolatedHome();
    const folder = join(home, 'given');
    await mkdir(folder);
    const path = await make(folder);
    const error = await resolveTensorRT({ path }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(reason) });
    expect((error as Error).message).toContain(folder);
  });

  it('does not look further than a path that was named in the environment', async () => {
    const home = await isolatedHome();
    await fakeRtx(join(home, 'loader'), '1.7.0.4');
    vi.stubEnv('LD_LIBRARY_PATH', join(home, 'loader'));
    vi.stubEnv('ENGINERY_TENSORRT_RTX_LIBRARY', join(home, 'absent'));
    await expect(resolveTensorRT()).rejects.toMatchObject({
      code: 'ENGINERY_LIBRARY_UNUSABLE',
      message: expect.stringContaining('ENGINERY_TENSORRT_RTX_LIBRARY cannot be used'),
    });
  });
});

it('takes an untested version without a trial where that is asked for', async () => {
  const home = await isolatedHome();
  const path = await fakeRtx(join(home, 'given'), '1.9.0.1');
  expect(await resolveTensorRT({ path, allowUntested: true })).toMatchObject({ version: '1.9.0.1', family: 'rtx' });
});

it('finds the ONNX Runtime of onnxruntime-node', async () => {
  await isolatedHome();
  const { path, version } = await resolveOnnxRuntime();
  expect(version).toMatch(/^1\./);
  expect(path).toContain('libonnxruntime.so.1');
});

it('does not depend on the name of the file that was given', async () => {
  const home = await isolatedHome();
  const folder = join(home, 'given');
  await fakeRtx(folder, '1.7.1.116');
  await copyFile(join(folder, LIBRARY), join(folder, 'renamed.so'));
  expect(await resolveTensorRT({ path: join(folder, 'renamed.so') })).toMatchObject({
    path: join(folder, 'renamed.so'),
    parserPath: join(folder, PARSER),
  });
});
