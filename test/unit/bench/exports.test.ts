import { expect, it } from 'vitest';
import { exportedOutputs, exportedTimes } from '../../../dist/bench/exports.js';
import { Tensor } from '../../../dist/tensor/tensor.js';

it('times have what trtexec writes; latency counts from when a run was due', () => {
  const times = [{ due: 1, start: 2, enqueued: 4, end: 10 }];
  expect(exportedTimes(times, false)).toEqual([
    {
      startEnqMs: 2,
      endEnqMs: 4,
      startH2dMs: 4,
      endH2dMs: 4,
      startComputeMs: 4,
      endComputeMs: 10,
      startD2hMs: 10,
      endD2hMs: 10,
      h2dMs: 0,
      computeMs: 6,
      d2hMs: 0,
      latencyMs: 9,
    },
  ]);
  const computing = { startEnqMs: 2, endEnqMs: 4, startComputeMs: 4, endComputeMs: 10, computeMs: 6, latencyMs: 9 };
  expect(exportedTimes(times, true)).toEqual([computing]);
});

it('outputs are JSON with every value as a number', () => {
  const json = exportedOutputs({
    'a"b': new Tensor('float32', new Float32Array([1.5, Number.NaN]), [1, 2]),
    big: new Tensor('int64', BigInt64Array.of(2n ** 53n + 1n), []),
    half: new Tensor('float16', Uint16Array.of(0x3c00), [1]),
    brain: new Tensor('bfloat16', Uint16Array.of(0x4040), [1]),
    text: new Tensor('string', ['x'], [1]),
  });
  expect(json).toContain('"values": [9007199254740993]');
  expect(JSON.parse(json)).toEqual([
    { name: 'a"b', dimensions: '1x2', values: [1.5, null] },
    { name: 'big', dimensions: '', values: [expect.any(Number)] },
    { name: 'half', dimensions: '1', values: [1] },
    { name: 'brain', dimensions: '1', values: [3] },
    { name: 'text', dimensions: '1', values: ['x'] },
  ]);
  expect(JSON.parse(exportedOutputs({}))).toEqual([]);
});
