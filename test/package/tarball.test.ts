import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { output, ROOT } from '../support/commands.js';

/** The newest glibc that the binaries may ask for: CONTRIBUTING.md and the README state it. */
const GLIBC_FLOOR = [2, 34];

const SYSTEM_LIBRARIES = /^(libc|libm|libdl|libpthread|ld-linux-x86-64|libgcc_s|libstdc\+\+)\.so(\.\d+)*$/;

const folder = join(inject('work'), 'tarball');
const prebuilds = join(folder, 'prebuilds', 'linux-x64');
let files: string[] = [];
let binaries: string[] = [];

beforeAll(async () => {
  await mkdir(folder);
  await output('tar', ['-xzf', inject('tarball'), '-C', folder, '--strip-components=1']);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  binaries = (await readdir(prebuilds)).sort();
});

describe('the tarball', () => {
  test('has what a consumer needs, and the sources to build it', () => {
    for (const name of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/main.js',
      'CMakeLists.txt',
      'binding.gyp',
      'native/tensorrt/bridge.cpp',
      'native/headers/headers.json',
      'scripts/native/cmake.mjs',
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'SECURITY.md',
    ]) {
      expect(files).toContain(name);
    }
    expect(binaries).toEqual([
      'enginery.node',
      'enginery_trt_ent10.so',
      'enginery_trt_ent11.so',
      'enginery_trt_rtx.so',
    ]);
  });

  test("has nothing of NVIDIA's, and none of our tests, models or build folders", () => {
    const foreign =
      /(^|\/)(Nv(Infer|Onnx)\w*\.h|cuda\.h|lib(nv|cuda|tensorrt|onnxruntime)[^/]*|[^/]*\.(engine|whl|crate|onnx))$/;
    expect(files.filter((name) => foreign.test(name))).toEqual([]);
    expect(
      files.filter((name) =>
        /^(test|native\/test|native\/emulator|build|\.headers|examples|node_modules)\//.test(name),
      ),
    ).toEqual([]);
  });

  test('starts no build on install', async () => {
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    expect(manifest.gypfile).toBe(false);
    for (const hook of ['preinstall', 'install', 'postinstall']) expect(manifest.scripts).not.toHaveProperty(hook);
  });

  test('has an executable command', async () => {
    expect((await stat(join(folder, 'dist/cli/main.js'))).mode & 0o111).toBe(0o111);
  });
});

describe('the binaries', () => {
  test('are stripped, and 1.5 MB together at most', async () => {
    let bytes = 0;
    for (const name of binaries) {
      bytes += (await stat(join(prebuilds, name))).size;
      expect(await output('readelf', ['-SW', join(prebuilds, name)])).not.toMatch(/\.symtab|\.debug_/);
    }
    expect(bytes).toBeLessThanOrEqual(1_500_000);
  });

  test('need only libraries of the system', async () => {
    for (const name of binaries) {
      const dynamic = await output('readelf', ['-dW', join(prebuilds, name)]);
      const needed = [...dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1] ?? '');
      expect(needed.length).toBeGreaterThan(0);
      expect(needed.filter((library) => !SYSTEM_LIBRARIES.test(library))).toEqual([]);
      expect(dynamic).not.toMatch(/R(UN)?PATH/);
    }
  });

  test(`need no glibc newer than ${GLIBC_FLOOR.join('.')}, and no libstdc++ of the system`, async () => {
    const [floorMajor = 0, floorMinor = 0] = GLIBC_FLOOR;
    for (const name of binaries) {
      const versions = await output('readelf', ['-VW', join(prebuilds, name)]);
      for (const [symbol, major, minor] of versions.matchAll(/GLIBC_(\d+)\.(\d+)/g)) {
        expect(Number(major) * 1000 + Number(minor), `${name} needs ${symbol}`).toBeLessThanOrEqual(
          floorMajor * 1000 + floorMinor,
        );
      }
      expect(versions).not.toMatch(/GLIBCXX_|CXXABI_/);
    }
  });

  test('export their entries, and nothing else of ours', async () => {
    const exported = async (name: string): Promise<string[]> =>
      (await output('readelf', ['--dyn-syms', '-W', join(prebuilds, name)]))
        .split('\n')
        .filter((line) => /\b(GLOBAL|WEAK)\b/.test(line) && !/\bUND\b/.test(line))
        .map((line) => line.trim().split(/\s+/)[7] ?? '')
        // Weak instantiations of the standard library's templates: bound locally by -Bsymbolic.
        .filter((symbol) => !/^_Z(N[KR]*St|St|T[ISV])/.test(symbol))
        .sort();
    for (const family of ['rtx', 'ent11', 'ent10']) {
      expect(await exported(`enginery_trt_${family}.so`)).toEqual(['enginery_bridge']);
    }
    expect(await exported('enginery.node')).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
  });

  test('do not tell where they were built', async () => {
    for (const name of binaries) {
      expect((await readFile(join(prebuilds, name), 'latin1')).includes(ROOT)).toBe(false);
    }
  });
});
