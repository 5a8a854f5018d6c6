/** A manifest in which every field has something in it. */
import type { Manifest } from '../../dist/engine/manifest.js';

export const PLAN_SHA256: string = 'a'.repeat(64);

export const MANIFEST: Manifest = {
  schema: 1,
  enginery: '0.1.0',
  created: '2026-11-22T21:00:00.000Z',
  model: { name: 'digits.onnx', path: '../digits.onnx', sha256: 'b'.repeat(64), bytes: 1000 },
  inputs: [{ name: 'image', type: 'float32', dims: ['batch', 1, null, 28], shapeTensor: false }],
  outputs: [{ name: 'logits', type: 'float32', dims: null, shapeTensor: false }],
  profiles: [{ image: { min: [1], opt: [2], max: [3] }, size: { values: { min: [-1], opt: [2], max: [3] } } }],
  options: { given: { memory: { workspace: '1GiB' } }, resolved: { 'memory.workspace': 2 ** 30, targets: ['sm89'] } },
  runtime: { product: 'tensorrt-rtx', version: '1.7.1.116', family: 'rtx' },
  targets: { architectures: ['sm89'], andLater: false },
  platform: { os: 'linux', arch: 'x64' },
  plan: { bytes: 5000, sha256: PLAN_SHA256 },
  seconds: 0.5,
  warnings: ['mind the gap'],
};
