import { expect, test } from 'vitest';
import { compareEngines } from '../../../dist/engine/compare-engines.js';
import type { EngineInspection } from '../../../dist/engine/inspect-file.js';

function engine(changes: object = {}, manifestChanges: object = {}): EngineInspection {
  const manifest = {
    schema: 1,
    enginery: '0.1.0',
    created: '2026-01-01T00:00:00.000Z',
    model: { name: 'm.onnx', path: 'm.onnx', sha256: 'a'.repeat(64), bytes: 10 },
    inputs: [
      { name: 'a', type: 'float32', dims: [1, 2], shapeTensor: false },
      { name: 'b', type: 'float32', dims: ['n'], shapeTensor: false },
    ],
    outputs: [],
    profiles: [{ b: { min: [1], opt: [2], max: [4] } }],
    options: { given: {}, resolved: { tf32: false } },
    runtime: { product: 'tensorrt-rtx', version: '1.7.1.116', family: 'rtx' },
    targets: { architectures: ['sm80', 'sm89'], andLater: true },
    platform: { os: 'linux', arch: 'x64' },
    plan: { bytes: 100, sha256: 'b'.repeat(64) },
    seconds: 1,
    warnings: [],
    ...manifestChanges,
  };
  const header = {
    product: 'tensorrt-rtx',
    version: '1.7.1',
    serializationVersion: 0,
    bytes: 100,
    sha256: 'b'.repeat(64),
  };
  return { kind: 'engine', path: 'x.engine', ...header, manifest, ...changes } as unknown as EngineInspection;
}

test('the occasion of a build is no difference', () => {
  expect(
    compareEngines(engine(), engine({ path: 'y.engine' }, { created: 'later', seconds: 2, enginery: '9' })),
  ).toEqual([]);
});

test('differences have the way to them, and both sides', () => {
  const other = engine(
    { sha256: 'c'.repeat(64) },
    {
      options: { given: {}, resolved: { 'memory.workspace': 5 } },
      profiles: [{ b: { min: [1], opt: [2], max: [8] } }],
      targets: { architectures: ['sm89'], andLater: false },
      inputs: [
        { name: 'b', type: 'float32', dims: ['n'], shapeTensor: false },
        { name: 'a', type: 'float16', dims: [1, 2], shapeTensor: false },
      ],
    },
  );
  expect(compareEngines(engine(), other)).toEqual([
    { path: 'sha256', left: 'b'.repeat(64), right: 'c'.repeat(64) },
    { path: 'inputs.a.type', left: 'float32', right: 'float16' },
    { path: 'profiles.0.b.max', left: [4], right: [8] },
    { path: 'options.tf32', left: false, right: undefined },
    { path: 'targets.architectures', left: ['sm80', 'sm89'], right: ['sm89'] },
    { path: 'targets.andLater', left: true, right: false },
    { path: 'options.memory.workspace', left: undefined, right: 5 },
  ]);
});

test('without a manifest, what the plans say is compared', () => {
  expect(compareEngines(engine(), engine({ manifest: null, version: '1.6.1' }))).toEqual([
    { path: 'version', left: '1.7.1', right: '1.6.1' },
  ]);
});
