import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { command } from '../../support/commands.js';
import { compileFile, compileSource, fakeTensorRT } from '../../support/shared-objects.js';
import { isolatedHome } from '../../support/temporary.js';

async function doctor(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { status, stdout, stderr } = await command(process.execPath, ['dist/cli/main.js', 'doctor', ...args]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return { stdout, stderr };
}

it('is right on a machine with nothing but ONNX Runtime from npm', async () => {
  await isolatedHome();
  vi.stubEnv('ENGINERY_TENSORRT_RTX_LIBRARY', '/absent');
  vi.stubEnv('ENGINERY_CUDA_LIBRARY', '/absent/libcuda.so.1');
  const { stdout } = await doctor('--json');
  const diagnosis = JSON.parse(stdout);
  expect(diagnosis).toMatchObject({
    node: process.versions.node,
    addon: { loaded: true },
    libraries: expect.arrayContaining([
      expect.objectContaining({
        path: '/absent',
        version: null,
        build: { ok: false, code: 'ENGINERY_LIBRARY_UNUSABLE', reason: '/absent: there is no such file' },
      }),
      expect.objectContaining({ product: 'onnxruntime', run: { ok: true } }),
    ]),
    auto: { name: 'onnxruntime' },
  });
});

it('is right on a machine with TensorRT-RTX and no driver', async () => {
  const home = await isolatedHome();
  vi.stubEnv('LD_LIBRARY_PATH', join(home, 'lib'));
  vi.stubEnv('ENGINERY_CUDA_LIBRARY', '/absent/libcuda.so.1');
  vi.stubEnv('ENGINERY_ONNXRUNTIME_LIBRARY', '/absent/libonnxruntime.so.1');
  const path = await fakeTensorRT(join(home, 'lib/libtensorrt_rtx.so.1'), '1.7.1.116');
  await compileSource(join(home, 'lib/libtensorrt_onnxparser_rtx.so.1'), 'extern "C" int f() { return 1; }');
  const { cuda, libraries, auto } = JSON.parse((await doctor('--json')).stdout);
  expect(cuda).toMatchObject({ driver: null, devices: [], reason: { code: 'ENGINERY_DEVICE_UNAVAILABLE' } });
  expect(libraries).toContainEqual(
    expect.objectContaining({ product: 'tensorrt-rtx', path, source: 'system', family: 'rtx', build: { ok: true } }),
  );
  const backends = ['tensorrt', 'tensorrt-rtx', 'onnxruntime-native', 'onnxruntime-worker'];
  expect(auto).toMatchObject({ name: null, reasons: backends.map((backend) => ({ backend })) });
});

it('says why a library does not load', async () => {
  const home = await isolatedHome();
  vi.stubEnv('LD_LIBRARY_PATH', join(home, 'lib'));
  const source = 'extern "C" int not_there(); extern "C" int getInferLibVersion() { return not_there(); }';
  const path = await compileSource(join(home, 'lib/libtensorrt_rtx.so.1'), source);
  const { libraries } = JSON.parse((await doctor('--json')).stdout);
  const refused = { ok: false, code: 'ENGINERY_LIBRARY_UNUSABLE', reason: expect.stringContaining('not_there') };
  expect(libraries).toContainEqual(expect.objectContaining({ path, version: null, build: refused, run: refused }));
});

it('shows every library, what it is good for, and what a session would run on', async () => {
  const home = await isolatedHome();
  vi.stubEnv('ENGINERY_TENSORRT_RTX_LIBRARY', await fakeTensorRT(join(home, 'libtensorrt_rtx.so.1'), '1.7.1.116'));
  await compileSource(join(home, 'libtensorrt_onnxparser_rtx.so.1'), 'extern "C" int f() { return 1; }');
  vi.stubEnv('ENGINERY_TENSORRT_LIBRARY', await fakeTensorRT(join(home, 'libnvinfer.so.10'), '10.16.1.1'));
  vi.stubEnv('ENGINERY_CUDA_LIBRARY', await compileFile(join(home, 'libcuda.so.1'), 'native/test/fake_cuda.cpp'));
  const broken = join(home, 'libonnxruntime.so.1');
  await writeFile(broken, 'broken');
  vi.stubEnv('ENGINERY_ONNXRUNTIME_LIBRARY', broken);

  const { stdout } = await doctor();
  expect(stdout).toMatch(/driver +\S+libcuda\.so\.1, CUDA 13\.1/);
  expect(stdout).toMatch(/GPU 1 +Fake GPU B, compute capability 12\.0, 32\.0 GiB/);
  expect(stdout).toMatch(/TensorRT-RTX +1\.7\.1\.116, family rtx \(environment\)/);
  expect(stdout).toMatch(/build: yes/);
  expect(stdout).toMatch(/TensorRT +10\.16\.1\.1, family ent10 \(environment\)/);
  expect(stdout).toContain("build: no, TensorRT's ONNX parser, libnvonnxparser.so, is not beside it");
  expect(stdout).toContain(`no, ${broken}: it is not a shared library (no ELF header)`);
  expect(stdout).toMatch(/auto +tensorrt-rtx 1\.7\.1\.116, GPU 0/);
  expect(stdout).toMatch(/not tensorrt: .*cannot build an engine: TensorRT's ONNX parser/);
});
