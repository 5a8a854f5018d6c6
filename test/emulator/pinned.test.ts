// @module-tag device-tensors
// @module-tag memory
/** Tensors that a GPU copies from and to by itself. */
import { describe, expect, it } from 'vitest';
import { createSession, type Session, type SessionOptions } from '../../dist/index.js';
import { emulatedLibrary, machineOfThisFile } from '../support/emulator.js';

const DIGITS = 'examples/digits/digits.onnx';
const ROWS = 32;

machineOfThisFile();

function open(options: SessionOptions = {}): Promise<Session> {
  const profiles = [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [ROWS, 1, 28, 28] } }] as const;
  return createSession(DIGITS, {
    backend: 'tensorrt',
    maxConcurrent: 1,
    engine: { library: emulatedLibrary('ent11'), profiles },
    ...options,
  });
}

async function tensors(session: Session) {
  const image = await session.allocatePinnedTensor('float32', [ROWS, 1, 28, 28]);
  const logits = await session.allocatePinnedTensor('float32', [ROWS, 10]);
  return { image, logits };
}

describe.each([false, true])('pinned tensors, CUDA graphs %s', (cudaGraph) => {
  it('are read and written in place, and need no memory for copies', async () => {
    const [session, plain] = await Promise.all([open({ tensorrt: { cudaGraph } }), open()]);
    const { image, logits } = await tensors(session);
    for (const value of [0, 0.25, 0.5, 1]) {
      image.data.fill(value);
      const result = await session.run({ image }, { borrow: true, outputs: { logits } });
      const { logits: expected } = await plain.run({ image });
      expect(result.logits).toBe(logits);
      expect(logits.data).toEqual(expected?.data);
    }
    expect(session.stats().memory?.pinned).toBeLessThanOrEqual(1024); // two blocks as small as they can be
    // And without them, as before.
    const { logits: copied } = await session.run({ image });
    expect(copied?.data).toEqual(logits.data);
    await Promise.all([session.dispose(), plain.dispose()]);
  });
});

it('outlive their session, and are copied for one on another GPU', async () => {
  const rtx = { backend: 'tensorrt-rtx', engine: { library: emulatedLibrary('rtx') } } as const; // builds for any GPU
  const [first, second] = await Promise.all([open(rtx), open({ ...rtx, device: 1 })]);
  const { image, logits } = await tensors(first);
  image.data.fill(0.5);
  const { logits: expected } = await first.run({ image });
  await first.dispose();
  await second.run({ image }, { borrow: true, outputs: { logits } });
  expect(logits.data).toEqual(expected?.data);
  await second.dispose();
  await expect(first.allocatePinnedTensor('float32', [1])).rejects.toMatchObject({ code: 'ENGINERY_DISPOSED' });
});

it('of another shape than the output’s are refused, and the session goes on', async () => {
  const session = await open();
  const { image } = await tensors(session);
  const logits = await session.allocatePinnedTensor('float32', [1, 10]);
  await expect(session.run({ image }, { borrow: true, outputs: { logits } })).rejects.toMatchObject({
    code: 'ENGINERY_INVALID_ARGUMENT',
  });
  expect((await session.run({ image })).logits?.dims).toEqual([ROWS, 10]);
  await session.dispose();
});

it('are ordinary memory on the CPU', async () => {
  const session = await createSession(DIGITS, { backend: 'cpu' });
  const { image, logits } = await tensors(session);
  await session.run({ image }, { borrow: true, outputs: { logits } });
  expect(logits.data.some((value) => value !== 0)).toBe(true);
  await session.dispose();
});
