// @module-tag element-types
/** Element types through TensorRT: what it takes comes back unchanged. */
import { expect, it } from 'vitest';
import { Tensor } from '../../dist/index.js';
import type { ElementType } from '../../dist/tensor/element-type.js';
import type { TensorData } from '../../dist/tensor/storage.js';
import { onEveryGpu, open } from '../support/gpu.js';
import { one } from '../support/small-models.js';

const COUNT = 5;
const bits8 = Uint8Array.of(0, 1, 0x3f, 0x80, 0xfe);
/** No denormals, which a GPU may take for zero on the way. */
const bits16 = Uint16Array.of(0, 0x0401, 0x3c00, 0x8000, 0xfbff);

type Sample = readonly [ElementType, TensorData];
const SAMPLES: readonly Sample[] = [
  ['float32', Float32Array.of(1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, -1e30)],
  ['float16', bits16],
  ['bfloat16', bits16],
  ['int32', Int32Array.of(0, 1, -1, 2 ** 31 - 1, -(2 ** 31))],
  ['int64', BigInt64Array.of(0n, 1n, -1n, 2n ** 53n + 1n, -(2n ** 63n))],
  ['bool', Uint8Array.of(0, 1, 1, 0, 1)],
];
/** TensorRT takes these for some layers only, of which Identity is none. */
const OF_SOME_LAYERS: readonly Sample[] = [
  ['int8', Int8Array.of(0, 1, -1, 127, -128)],
  ['uint8', bits8],
  ['float8e4m3fn', bits8],
];

onEveryGpu((gpu) => {
  it.each([...SAMPLES, ...(gpu.emulated ? OF_SOME_LAYERS : [])])('%s goes in and comes out', async (type, data) => {
    const model = one('Identity', {}, { inputs: { x: [type, ['n']] }, outputs: { y: [type, ['n']] }, opset: 19 });
    const profiles = [{ x: { min: [1], opt: [COUNT], max: [8] } }];
    const session = await open(gpu, model, { engine: { profiles } });
    const x = new Tensor(type, data, [COUNT]);
    for (let run = 0; run < 2; run++) expect({ ...(await session.run({ x })).y }).toEqual({ ...x });
    await session.dispose();
  });
});
