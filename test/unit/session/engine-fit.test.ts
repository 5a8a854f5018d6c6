/** Whether an engine file runs here, told by its header, its manifest, the library and the GPU. */
import { describe, expect, it } from 'vitest';
import type { EngineInspection } from '../../../dist/engine/inspect-file.js';
import type { Manifest } from '../../../dist/engine/manifest.js';
import { whatDiffers } from '../../../dist/session/engine-fit.js';
import type { Gpu } from '../../../dist/session/gpu.js';
import { MANIFEST } from '../../support/manifest.js';

const engine = (version: string, about: Partial<Manifest> | null = {}, product = 'tensorrt-rtx'): EngineInspection => ({
  kind: 'engine',
  path: 'digits.engine',
  product: product as EngineInspection['product'],
  serializationVersion: 0,
  version,
  bytes: 64,
  sha256: 'a'.repeat(64),
  manifest: about && { ...MANIFEST, ...about },
});
const gpu = (version: string, computeCapability = '8.9'): Gpu => ({
  library: {
    product: 'tensorrt-rtx',
    path: '/lib/library.so',
    version,
    family: 'rtx',
    parserPath: null,
    build: { ok: true },
  },
  driver: '/lib/libcuda.so.1',
  cudaVersion: '13.0',
  device: { index: 0, name: 'GPU X', computeCapability, memoryBytes: 2 ** 34 },
  devices: [],
});
const resolved = (options: Manifest['options']['resolved']): Partial<Manifest> => ({
  options: { given: {}, resolved: options },
});

describe('the version', () => {
  it.each([
    ['1.7.1.116', '1.7.1.116', null],
    ['1.7.1.116', '1.7.1.372', null], // 372 is 116 in the eight bits of the header
    ['1.7.1.116', '1.7.1.117', 'it was built by version 1.7.1.116, the library here is 1.7.1.117'],
    ['1.6.1.120', '1.7.1.116', 'it was built by version 1.6.1.120, the library here is 1.7.1.116'],
    ['1.7.1.116', '1.7.1', null],
  ])('of an engine of %s, on %s', (built, here, expected) => {
    expect(whatDiffers(engine(built), gpu(here))).toBe(expected);
  });

  it('may be a later one for a version-compatible engine', () => {
    const compatible = engine('10.9.0.34', resolved({ versionCompatible: true }), 'tensorrt');
    expect(whatDiffers(compatible, gpu('10.16.1.1'))).toBeNull();
    expect(whatDiffers(compatible, gpu('11.2.0.1'))).toBeNull();
    expect(whatDiffers(compatible, gpu('10.8.1.1'))).toMatch(/10\.9\.0\.34/);
  });

  it('of an engine of TensorRT without a manifest is for TensorRT to judge', () => {
    expect(whatDiffers(engine('10.9.0.34', null, 'tensorrt'), gpu('10.16.1.1'))).toBeNull();
    expect(whatDiffers(engine('1.6.1.120', null), gpu('1.7.1.116'))).toMatch(/1\.6\.1\.120/);
  });
});

describe('the GPU', () => {
  const targets = (architectures: readonly string[], andLater = false): EngineInspection =>
    engine('1.7.1.116', { targets: { architectures, andLater } });

  it.each([
    [['sm89'], false, '8.9', true],
    [['sm86', 'sm89'], false, '12.0', false],
    [['sm80', 'sm86', 'sm89', 'sm120'], true, '12.1', true],
    [['sm80'], true, '9.0', true],
    [['sm120'], true, '8.9', false],
    [['current'], false, '8.9', true],
  ])('for an engine of %s (later ones: %s) may have %s: %s', (architectures, andLater, capability, fits) => {
    const differs = whatDiffers(targets(architectures, andLater), gpu('1.7.1.116', capability));
    expect(differs === null).toBe(fits);
  });

  it('is named where it does not fit', () => {
    expect(whatDiffers(targets(['sm86', 'sm89']), gpu('1.7.1.116', '12.0'))).toBe(
      'it was built for sm86, sm89, GPU 0 (GPU X) is sm120',
    );
  });
});
