// @module-tag streams
/** What a session does besides computing, over a driver alone: TensorRT is an emulated one, which only copies. */
import { expect, test } from 'vitest';
import { Tensor } from '../../dist/index.js';
import { onEveryDriver, open } from '../support/gpu.js';
import { node } from '../support/onnx-writer.js';
import { small } from '../support/small-models.js';
import { SHARE } from '../support/soak.js';

/** Over an emulated driver this would be -x, and 2y: that it is x and y shows that only the driver was at work. */
const MODEL = small([node('Neg', ['x'], ['a']), node('Add', ['y', 'y'], ['b'])], {
  inputs: { x: ['float32', ['n']], y: ['int32', ['m']] },
  outputs: { a: ['float32', ['n']], b: ['int32', ['m']] },
});
const PROFILES = [{ x: { min: [0], opt: [1000], max: [1_000_000] }, y: { min: [0], opt: [10], max: [1_000_000] } }];

const feeds = (n: number, m: number): { x: Tensor<'float32'>; y: Tensor<'int32'> } => ({
  x: new Tensor(
    'float32',
    Float32Array.from({ length: n }, (_, i) => i * 0.5 + n),
    [n],
  ),
  y: new Tensor(
    'int32',
    Int32Array.from({ length: m }, (_, i) => i * 7 - m),
    [m],
  ),
});

/** Of a million elements, quicker than toEqual(). */
function sameBytes(a: Tensor | undefined, b: Tensor): boolean {
  const bytes = ({ data }: Tensor): Buffer => {
    const { buffer, byteOffset, byteLength } = data as Float32Array;
    return Buffer.from(buffer, byteOffset, byteLength);
  };
  return a !== undefined && bytes(a).equals(bytes(b));
}

onEveryDriver((gpu) => {
  test('inputs of any size reach the device, and outputs come back', async () => {
    const session = await open(gpu, MODEL, { engine: { profiles: PROFILES } });
    for (const [n, m] of [
      [1, 1],
      [0, 3],
      [1_000_000, 1],
      [1000, 500_000],
      [3, 0],
      [70_001, 70_001],
    ] as const) {
      const { x, y } = feeds(n, m);
      const { a, b } = await session.run({ x, y });
      expect([a?.dims, b?.dims]).toEqual([[n], [m]]);
      expect([sameBytes(a, x), sameBytes(b, y)]).toEqual([true, true]);
    }
    await session.dispose();
  });

  test.each([1, 2, 8])('%i runs at a time keep apart', async (maxConcurrent) => {
    const session = await open(gpu, MODEL, { maxConcurrent, engine: { profiles: PROFILES } });
    const runs = Math.max(200, Math.round(20_000 * SHARE));
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = next++; i < runs; i = next++) {
        const { x, y } = feeds(1 + (i % 977), 1 + ((i * 31) % 389));
        const { a, b } = await session.run({ x, y });
        if (!sameBytes(a, x) || !sameBytes(b, y)) throw new Error(`run ${i} got what another was fed`);
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: 32 }, worker));
    const perSecond = runs / ((performance.now() - began) / 1000);
    console.log(`${gpu.title}: maxConcurrent ${maxConcurrent}: ${perSecond.toFixed(0)} runs/s`);
    expect(session.stats()).toMatchObject({ runs, errors: 0, inFlight: 0 });
    await session.dispose();
  });

  test('runs of one shape repeat, and aborted ones leave the others alone', async () => {
    const session = await open(gpu, MODEL, { engine: { profiles: PROFILES } });
    const repeated = Array.from({ length: 500 }, async (_, i) => {
      const { x, y } = feeds(1000, 10);
      x.data.fill(i);
      if (i % 5 > 0) return sameBytes((await session.run({ x, y })).a, x);
      const controller = new AbortController();
      const run = session.run({ x, y }, { signal: controller.signal });
      setTimeout(() => controller.abort(), i % 7);
      return run.then(
        ({ a }) => sameBytes(a, x),
        (error: Error) => error.name === 'AbortError',
      );
    });
    expect(await Promise.all(repeated)).not.toContain(false);
    await session.dispose();
  });
});
