/** What is chosen, and why not the rest: against a fake driver, and libraries that only say who they are. */
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineryError } from '../../../dist/errors.js';
import type { DeviceProbe } from '../../../dist/libraries/devices.js';
import { type BackendChoice, chooseBackend, type Wanted } from '../../../dist/session/choose.js';
import { findGpu } from '../../../dist/session/gpu.js';
import { compileFile, compileSource, fakeTensorRT } from '../../support/shared-objects.js';
import { isolatedHome } from '../../support/temporary.js';

let home: string;

beforeEach(async () => {
  home = await isolatedHome();
  vi.stubEnv('PATH', '/usr/bin:/bin');
  vi.stubEnv('ENGINERY_CUDA_LIBRARY', '/absent/libcuda.so.1');
});

async function withDriver(): Promise<void> {
  vi.stubEnv('ENGINERY_CUDA_LIBRARY', await compileFile(join(home, 'libcuda.so.1'), 'native/test/fake_cuda.cpp'));
}

async function withLibrary(product: 'tensorrt' | 'tensorrt-rtx', version: string): Promise<string> {
  const [variable, library, parser] =
    product === 'tensorrt'
      ? ['ENGINERY_TENSORRT_LIBRARY', 'libnvinfer.so.10', 'libnvonnxparser.so.10']
      : ['ENGINERY_TENSORRT_RTX_LIBRARY', 'libtensorrt_rtx.so.1', 'libtensorrt_onnxparser_rtx.so.1'];
  const path = await fakeTensorRT(join(home, product, library), version);
  await compileSource(join(home, product, parser), 'extern "C" int f() { return 1; }');
  vi.stubEnv(variable, path);
  return path;
}

async function refusal(choice: BackendChoice, wanted: Wanted = {}): Promise<EngineryError> {
  const error: unknown = await chooseBackend(choice, wanted).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EngineryError);
  return error as EngineryError;
}

describe('a GPU', () => {
  it('is taken where driver, device and library are there, and TensorRT before TensorRT-RTX', async () => {
    await withDriver();
    const rtx = await withLibrary('tensorrt-rtx', '1.7.1.116');
    const device = { index: 1, name: 'Fake GPU B', computeCapability: '12.0' };
    vi.stubEnv('ENGINERY_TENSORRT_LIBRARY', '/absent/libnvinfer.so.10');
    const { backend, gpu } = await chooseBackend('auto', { device: 1 });
    expect(backend).toEqual({
      name: 'tensorrt-rtx',
      implementation: 'native',
      version: '1.7.1.116',
      library: rtx,
      device,
      reasons: [
        { backend: 'tensorrt', code: 'ENGINERY_LIBRARY_UNUSABLE', message: expect.stringContaining('no such') },
      ],
    });
    expect(gpu).toMatchObject({ driver: join(home, 'libcuda.so.1'), library: { family: 'rtx', build: { ok: true } } });

    await withLibrary('tensorrt', '10.16.1.1');
    const both = (await chooseBackend('auto')).backend;
    expect(both).toMatchObject({ name: 'tensorrt', version: '10.16.1.1', device: { index: 0 }, reasons: [] });
    expect((await chooseBackend('tensorrt-rtx')).backend).toMatchObject({ name: 'tensorrt-rtx', reasons: [] });
  });

  it.each([
    ['no-device', {}, /no CUDA-capable device is detected/],
    ['no-device-count', {}, /CUDA_ERROR_NO_DEVICE/],
    ['no-device', { device: 2 }, /no CUDA-capable device is detected/],
  ])('is passed over where the device is not there: %s', async (behaviour, wanted, message) => {
    await withDriver();
    await withLibrary('tensorrt-rtx', '1.7.1.116');
    vi.stubEnv('ENGINERY_FAKE_CUDA', behaviour);
    const error = await refusal('tensorrt-rtx', wanted);
    expect(error).toMatchObject({ code: 'ENGINERY_DEVICE_UNAVAILABLE', message: expect.stringMatching(message) });
    const { backend } = await chooseBackend('auto', wanted);
    expect(backend).toMatchObject({ name: 'onnxruntime', device: null });
    expect(backend.reasons).toMatchObject([
      { backend: 'tensorrt', code: 'ENGINERY_DEVICE_UNAVAILABLE' },
      { backend: 'tensorrt-rtx', code: 'ENGINERY_DEVICE_UNAVAILABLE', message: expect.stringMatching(message) },
    ]);
  });

  it('that is not there among others is a mistake, which no other backend makes good', async () => {
    await withDriver();
    vi.stubEnv('ENGINERY_FAKE_CUDA', 'two-devices');
    for (const choice of ['auto', 'gpu', ['tensorrt', 'onnxruntime']] as const) {
      expect(await refusal(choice, { device: 2 })).toMatchObject({
        code: 'ENGINERY_DEVICE_UNAVAILABLE',
        message: 'There is no GPU 2: the driver reports GPUs 0 to 1',
      });
    }
  });

  it('is passed over where no library runs on it', async () => {
    await withDriver();
    const error = await refusal('tensorrt');
    expect(error).toMatchObject({
      code: 'ENGINERY_LIBRARY_NOT_FOUND',
      hint: expect.stringContaining('Install TensorRT'),
    });
    await withLibrary('tensorrt-rtx', '1.4.0.76');
    expect(await refusal('tensorrt-rtx')).toMatchObject({
      code: 'ENGINERY_LIBRARY_UNSUPPORTED',
      message: expect.stringContaining('too old'),
    });
  });

  it('is never replaced by the CPU where it was asked for', async () => {
    await withDriver();
    await withLibrary('tensorrt-rtx', '1.4.0.76');
    vi.stubEnv('ENGINERY_TENSORRT_LIBRARY', '/absent/libnvinfer.so.10');
    expect(await refusal('gpu')).toMatchObject({
      code: 'ENGINERY_BACKEND_UNAVAILABLE',
      hint: expect.stringContaining("'cpu'"),
      details: {
        reasons: [
          { backend: 'tensorrt', code: 'ENGINERY_LIBRARY_UNUSABLE' },
          { backend: 'tensorrt-rtx', code: 'ENGINERY_LIBRARY_UNSUPPORTED' },
        ],
      },
    });
  });

  it('is not looked for on the CPU', async () => {
    vi.stubEnv('ENGINERY_CUDA_LIBRARY', 'nonsense');
    const { backend, gpu } = await chooseBackend('cpu', { device: 7 });
    expect(backend).toMatchObject({ name: 'onnxruntime', device: null, reasons: [] });
    expect(gpu).toBeNull();
  });

  it('is passed over where what is to be executed does not fit it', async () => {
    await withDriver();
    await withLibrary('tensorrt-rtx', '1.7.1.116');
    const fits = async (): Promise<void> => {
      throw new EngineryError('ENGINERY_ENGINE_MISMATCH', 'built elsewhere');
    };
    expect(await refusal('tensorrt-rtx', { fits })).toMatchObject({ code: 'ENGINERY_ENGINE_MISMATCH' });
    expect((await chooseBackend('auto', { fits })).backend.name).toBe('onnxruntime');
  });
});

describe('TensorRT-RTX and compute capabilities', () => {
  const probe = (computeCapability: string): DeviceProbe => ({
    driver: { path: '/lib/libcuda.so.1', cudaVersion: '13.0' },
    devices: [{ index: 0, name: 'GPU X', computeCapability, memoryBytes: 2 ** 34 }],
  });

  it.each(['8.0', '8.6', '8.9', '12.0', '12.1'])('runs on %s', async (capability) => {
    await withLibrary('tensorrt-rtx', '1.7.1.116');
    expect(await findGpu('tensorrt-rtx', probe(capability), {})).toMatchObject({ device: { name: 'GPU X' } });
  });

  it.each(['7.0', '8.7', '9.0', '10.0', '11.0'])('does not run on %s', async (capability) => {
    const message = `GPU 0 is GPU X: TensorRT-RTX runs on compute capability 8.0, 8.6, 8.9, 12.0, 12.1 and 7.5, not on ${capability}`;
    const finding = findGpu('tensorrt-rtx', probe(capability), { targets: ['sm75'] });
    await expect(finding).rejects.toMatchObject({ code: 'ENGINERY_DEVICE_UNSUPPORTED', message });
  });

  it('runs on 7.5 where the engine is for it', async () => {
    await withLibrary('tensorrt-rtx', '1.7.1.116');
    await expect(findGpu('tensorrt-rtx', probe('7.5'), {})).rejects.toMatchObject({
      code: 'ENGINERY_DEVICE_UNSUPPORTED',
      message: expect.stringContaining("targets: ['sm75']"),
    });
    for (const targets of [['sm75', 'sm89'], ['current']]) {
      await expect(findGpu('tensorrt-rtx', probe('7.5'), { targets })).resolves.toHaveProperty('library.family', 'rtx');
    }
  });

  it('leaves other GPUs to TensorRT', async () => {
    await withLibrary('tensorrt', '10.16.1.1');
    await expect(findGpu('tensorrt', probe('9.0'), {})).resolves.toHaveProperty('library.family', 'ent10');
  });
});
