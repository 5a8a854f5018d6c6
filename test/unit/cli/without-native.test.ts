/** What still works where the addon, or its bridge to TensorRT, was not built. */
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { command, type Finished, ROOT } from '../../support/commands.js';
import { compileSource, fakeTensorRT } from '../../support/shared-objects.js';
import { isolatedHome } from '../../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');

const enginery = (...words: string[]): Promise<Finished> =>
  command(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...words]);

/** An empty home, with a TensorRT-RTX in it that nobody could find fault with. */
async function homeWithRtx(): Promise<string> {
  const home = await isolatedHome();
  vi.stubEnv('LD_LIBRARY_PATH', join(home, 'lib'));
  await fakeTensorRT(join(home, 'lib/libtensorrt_rtx.so.1'), '1.7.1.116');
  await compileSource(join(home, 'lib/libtensorrt_onnxparser_rtx.so.1'), 'extern "C" int f() { return 1; }');
  return home;
}

describe('without the addon', () => {
  async function withoutAddon(): Promise<string> {
    const home = await homeWithRtx();
    await mkdir(join(home, 'empty'));
    vi.stubEnv('ENGINERY_PREBUILD', join(home, 'empty'));
    return home;
  }

  it('--version, inspect, setup and doctor work', async () => {
    await withoutAddon();
    expect(await enginery('--version')).toMatchObject({ status: 0, stderr: '' });
    expect(await enginery('setup', '--list', '--json')).toMatchObject({ status: 0, stdout: '[]\n' });
    const inspected = await enginery('inspect', DIGITS, '--json');
    expect(JSON.parse(inspected.stdout)).toMatchObject({ kind: 'model', nodes: 10 });
    const { status, stdout } = await enginery('doctor', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      addon: { loaded: false, hint: expect.stringContaining('npm run build:native') },
      libraries: expect.arrayContaining([
        expect.objectContaining({
          product: 'tensorrt-rtx',
          build: {
            ok: false,
            code: 'ENGINERY_NATIVE_UNAVAILABLE',
            reason: 'not opened: the native addon is not loaded',
          },
        }),
      ]),
      auto: {
        name: 'onnxruntime',
        implementation: 'worker',
        reasons: expect.arrayContaining([
          expect.objectContaining({ backend: 'onnxruntime-native', code: 'ENGINERY_NATIVE_UNAVAILABLE' }),
        ]),
      },
    });
  });

  it('build says how to build it, and leaves no file', async () => {
    const home = await withoutAddon();
    const out = join(home, 'out');
    await mkdir(out);
    const built = await enginery('build', DIGITS, '-o', join(out, 'x.engine'), '--json');
    expect(built.status).toBe(1);
    expect(JSON.parse(built.stdout)).toMatchObject({
      error: { code: 'ENGINERY_NATIVE_UNAVAILABLE', hint: expect.stringContaining('npm run build:native') },
    });
    expect(await readdir(out)).toEqual([]);
  });

  it('run runs with onnxruntime-node, and says why', async () => {
    await withoutAddon();
    const sample = join(ROOT, 'examples/digits/samples/7-0.png');
    const ran = await enginery('run', DIGITS, '--input', sample, '--top', '1');
    expect(ran.status).toBe(0);
    expect(ran.stdout).toMatch(/class {3}7 /);
    expect(ran.stderr).toContain('not on onnxruntime-native: The native part of enginery cannot be loaded');
    const forced = await enginery('run', DIGITS, '--input', sample, '--backend', 'onnxruntime-native');
    expect(forced).toMatchObject({ status: 1, stdout: '' });
    expect(forced.stderr).toContain('npm run build:native');
  });
});

describe('without the bridge', () => {
  it('build and doctor say that the headers were missing', async () => {
    const home = await homeWithRtx();
    const folder = join(home, 'addon/build/Release');
    await mkdir(folder, { recursive: true });
    await copyFile(join(ROOT, 'build/Release/enginery.node'), join(folder, 'enginery.node'));
    vi.stubEnv('ENGINERY_PREBUILD', join(home, 'addon'));

    const built = await enginery('build', DIGITS, '-o', join(home, 'x.engine'), '--json');
    expect(built.status).toBe(1);
    expect(JSON.parse(built.stdout)).toMatchObject({
      error: {
        code: 'ENGINERY_NATIVE_UNAVAILABLE',
        message: expect.stringContaining('the bridge module for TensorRT-RTX (family rtx) is not in this installation'),
        hint: expect.stringContaining('ENGINERY_TENSORRT_INCLUDE'),
      },
    });
    const { addon, libraries, auto } = JSON.parse((await enginery('doctor', '--json')).stdout);
    expect(addon).toMatchObject({ loaded: true, families: [] });
    expect(libraries).toContainEqual(
      expect.objectContaining({ version: '1.7.1.116', build: expect.objectContaining({ ok: false }) }),
    );
    // Sessions on the CPU need no bridge.
    expect(auto).toMatchObject({ name: 'onnxruntime' });
  });
});
