import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { probeDevices } from '../../../dist/libraries/devices.js';
import { output } from '../../support/commands.js';
import { compileFile } from '../../support/shared-objects.js';
import { isolatedHome } from '../../support/temporary.js';

const PROBE = new URL('../../../dist/libraries/devices.js', import.meta.url).href;

async function fakeDriver(behaviour: string): Promise<string> {
  const home = await isolatedHome();
  const path = await compileFile(join(home, 'libcuda.so.1'), 'native/test/fake_cuda.cpp');
  vi.stubEnv('ENGINERY_CUDA_LIBRARY', path);
  vi.stubEnv('ENGINERY_FAKE_CUDA', behaviour);
  return path;
}

it('lists the devices, and remembers them for this driver', async () => {
  const path = await fakeDriver('two-devices');
  const expected = {
    driver: { path, cudaVersion: '13.1' },
    devices: [
      { index: 0, name: 'Fake GPU A', computeCapability: '8.9', memoryBytes: 24 * 2 ** 30 },
      { index: 1, name: 'Fake GPU B', computeCapability: '12.0', memoryBytes: 32 * 2 ** 30 },
    ],
  };
  expect(await probeDevices()).toEqual(expected);
  vi.stubEnv('ENGINERY_FAKE_CUDA', 'init-error');
  expect(await probeDevices()).toEqual(expected);
  // Another choice of devices is another question.
  vi.stubEnv('CUDA_VISIBLE_DEVICES', '0');
  expect((await probeDevices()).devices).toEqual([]);
});

it('gives the reason of a driver without a device, and asks again the next time', async () => {
  const path = await fakeDriver('no-device');
  expect(await probeDevices()).toEqual({
    driver: { path, cudaVersion: '13.1' },
    devices: [],
    reason: {
      code: 'ENGINERY_DEVICE_UNAVAILABLE',
      message: 'cuInit: CUDA_ERROR_NO_DEVICE (100): no CUDA-capable device is detected',
    },
  });
  vi.stubEnv('ENGINERY_FAKE_CUDA', 'two-devices');
  expect((await probeDevices()).devices).toHaveLength(2);
});

it('survives a driver that crashes, and asks again in another process', async () => {
  const path = await fakeDriver('init-crash');
  const { driver, devices, reason } = await probeDevices();
  expect({ driver, devices }).toEqual({ driver: { path, cudaVersion: null }, devices: [] });
  expect(reason?.message).toMatch(/tried in a child process: it crashed \(SIGSEGV\)$/);
  vi.stubEnv('ENGINERY_FAKE_CUDA', 'two-devices');
  expect((await probeDevices()).reason).toEqual(reason);
  const script = `
    const { probeDevices } = await import(${JSON.stringify(PROBE)});
    console.log((await probeDevices()).devices.length)`;
  expect(await output(process.execPath, ['--input-type=module', '-e', script])).toBe('2\n');
});

it('gives the last words of a driver that ends the process', async () => {
  const path = await fakeDriver('init-exit');
  expect((await probeDevices()).reason?.message).toBe(
    `${path}: opening the driver was tried in a child process: the process ended with exit code 127: ` +
      'symbol lookup error: libcuda.so.1: undefined symbol: nvrm',
  );
});

it('says what is wrong with a file that is no driver', async () => {
  const home = await isolatedHome();
  const path = join(home, 'libcuda.so.1');
  await writeFile(path, 'text');
  vi.stubEnv('ENGINERY_CUDA_LIBRARY', path);
  vi.stubEnv('PATH', '');
  const { devices, reason } = await probeDevices();
  expect(devices).toEqual([]);
  expect(reason?.message).toContain(`${path}: it is not a shared library`);
});
