// @module-tag device-tensors
/** Outputs that stay on the GPU and are fed from there, on emulated GPUs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSession, type DeviceTensor, type Session, type SessionOptions, Tensor } from '../../dist/index.js';
import { floats, identity } from '../support/contract-models.js';
import { EMULATED_BACKENDS, type EmulatedMachine, emulatedMachine } from '../support/emulator.js';
import { multiInput } from '../support/models.js';
import { graph, model, node, value } from '../support/onnx-writer.js';

/** x in two ways. */
const ENCODER = model(
  graph({
    nodes: [node('Add', ['x', 'x'], ['features']), node('Neg', ['x'], ['minus'])],
    inputs: [value('x', 'float32', ['n'])],
    outputs: [value('features', 'float32', ['n']), value('minus', 'float32', ['n'])],
  }),
);
/** Features, moved. */
const DECODER = model(
  graph({
    nodes: [node('Add', ['features', 'shift'], ['y'])],
    inputs: [value('features', 'float32', ['n']), value('shift', 'float32', ['n'])],
    outputs: [value('y', 'float32', ['n'])],
  }),
);
/** Places of what is not 0: how many there are, only the run tells. */
const PLACES = model(
  graph({
    nodes: [node('NonZero', ['x'], ['places'])],
    inputs: [value('x', 'float32', ['n'])],
    outputs: [value('places', 'int64', [1, 'found'])],
  }),
);
const MORE_PLACES = model(
  graph({
    nodes: [node('Add', ['places', 'places'], ['twice'])],
    inputs: [value('places', 'int64', [1, 'found'])],
    outputs: [value('twice', 'int64', [1, 'found'])],
  }),
);

let machine: EmulatedMachine;
const sessions: Session[] = [];

beforeAll(async () => {
  // Runs take long enough for others to come meanwhile.
  machine = await emulatedMachine(await mkdtemp(join(tmpdir(), 'enginery-test-')), 'latency copy=0 launch=10ms');
  Object.assign(process.env, machine.env); // this file has a process of its own
});
afterEach(async () => {
  const counts = sessions.map((session) => session.stats().deviceTensors);
  await Promise.all(sessions.splice(0).map((session) => session.dispose()));
  expect(counts).toEqual(counts.map(() => ({ count: 0, bytes: 0 })));
  expect(await machine.reports()).toBe('');
});
afterAll(() => rm(machine.folder, { recursive: true, force: true }));

const [RTX] = EMULATED_BACKENDS as [(typeof EMULATED_BACKENDS)[number]];

async function open(of: Buffer, options: SessionOptions = {}, backend = RTX): Promise<Session> {
  const session = await createSession(of, { ...(await backend.sessionOptions(of)), ...options });
  sessions.push(session);
  return session;
}

const cpu = (of: Buffer): Promise<Session> => open(of, { backend: 'cpu', engine: undefined });

/** Encodes x, and leaves the features where they are. */
async function encode(encoder: Session, x: Tensor): Promise<DeviceTensor> {
  const { features } = await encoder.run({ x }, { outputs: { features: 'cuda' } });
  return features;
}

describe.each(EMULATED_BACKENDS)('on $title', (backend) => {
  it('two models in a row give what they give on the CPU', async () => {
    const [x, shift] = [floats(1, 2, 3), floats(10, 20, 30)];
    const [encoder, decoder] = [await open(ENCODER, {}, backend), await open(DECODER, {}, backend)];
    const { features, minus } = await encoder.run({ x }, { outputs: { features: 'cuda', minus: null } });
    expect(features).toMatchObject({ type: 'float32', dims: [3], location: 'cuda', device: 0, bytes: 12 });
    expect(encoder.stats().deviceTensors).toEqual({ count: 1, bytes: 12 });
    const { y } = await decoder.run({ features, shift });

    const [onCpu, decodesOnCpu] = [await cpu(ENCODER), await cpu(DECODER)];
    const expected = await onCpu.run({ x });
    expect(await features.download()).toEqual(expected.features);
    expect(minus).toEqual(expected.minus);
    expect(y).toEqual((await decodesOnCpu.run({ features: expected.features as Tensor, shift })).y);
    features.dispose();
  });

  it('an output whose size only the run tells stays as well', async () => {
    const [places, more] = [await open(PLACES, {}, backend), await open(MORE_PLACES, {}, backend)];
    for (const x of [floats(0, 1, 0, 1), floats(1, 1, 1, 1), floats(0, 0, 0, 1)]) {
      const found = (await places.run({ x }, { outputs: { places: 'cuda' } })).places;
      const { twice } = await more.run(found);
      const where = Array.from(x.data as Float32Array).flatMap((element, i) => (element === 0 ? [] : [BigInt(i)]));
      expect(found.dims).toEqual([1, where.length]);
      expect((await found.download()).data).toEqual(BigInt64Array.from(where));
      expect(twice?.data).toEqual(BigInt64Array.from(where, (place) => 2n * place));
      found.dispose();
    }
  });
});

describe('a device tensor', () => {
  it('may be empty', async () => {
    const features = await encode(await open(ENCODER), floats());
    expect(features).toMatchObject({ dims: [0], bytes: 0 });
    expect((await features.download()).data).toEqual(new Float32Array(0));
    const { y } = await (await open(DECODER)).run({ features, shift: floats() });
    expect(y?.dims).toEqual([0]);
    features.dispose();
  });

  it('is fed to several runs at once, and is disposed of during them', async () => {
    const [encoder, decoder] = [await open(ENCODER), await open(DECODER, { maxConcurrent: 3 })];
    const features = await encode(encoder, floats(1, 2, 3));
    const shifts = Array.from({ length: 8 }, (_, i) => floats(i, i, i));
    const running = shifts.map((shift) => decoder.run({ features, shift }));
    const download = features.download();
    features.dispose();
    features.dispose();
    // Would get its memory, were that free already.
    const others = await encode(encoder, floats(7, 8, 9));
    expect((await download).data).toEqual(new Float32Array([2, 4, 6]));
    const results = await Promise.all(running);
    expect(results.map(({ y }) => y?.data)).toEqual(shifts.map((_, i) => new Float32Array([2 + i, 4 + i, 6 + i])));
    others.dispose();
  });

  it('outlives its session', async () => {
    const encoder = await open(ENCODER);
    const features = await encode(encoder, floats(1, 2));
    await encoder.dispose();
    expect((await features.download()).data).toEqual(new Float32Array([2, 4]));
    const decoder = await open(DECODER);
    const shift = decoder.allocateTensor('float32', [2]);
    shift.data.set([1, 1]);
    const { y } = await decoder.run({ features, shift }, { borrow: true });
    expect(y?.data).toEqual(new Float32Array([3, 5]));
    features.dispose();
  });

  it('is not left behind by a run that is aborted', async () => {
    const encoder = await open(ENCODER);
    const signal = AbortSignal.timeout(2);
    const outputs = { features: 'cuda' } as const;
    await expect(encoder.run({ x: floats(1) }, { outputs, signal })).rejects.toThrow('aborted');
    // It has ended, and nobody has heard of that yet.
    const late = new AbortController();
    const run = encoder.run({ x: floats(1) }, { outputs, signal: late.signal });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    late.abort();
    await expect(run).rejects.toThrow('aborted');
    await encoder.run({ x: floats(1) });
    expect(encoder.stats().deviceTensors).toEqual({ count: 0, bytes: 0 });
  });

  it('is refused after it was disposed of', async () => {
    const features = await encode(await open(ENCODER), floats(1));
    features.dispose();
    const disposed = {
      code: 'ENGINERY_DISPOSED',
      message: 'The device tensor of float32 [1] has been disposed of',
    };
    await expect(features.download()).rejects.toMatchObject(disposed);
    const decoder = await open(DECODER);
    await expect(decoder.run({ features, shift: floats(1) })).rejects.toMatchObject(disposed);
  });

  it('is refused where it cannot be used, with what to do', async () => {
    const features = await encode(await open(ENCODER), floats(1));
    const second = await open(DECODER, { device: 1 });
    const shift = floats(1);
    await expect(second.run({ features, shift })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_FEED',
      message:
        'Input "features": the tensor lies on GPU 0, and the session runs on GPU 1 (Emulated GPU B): feed what its download() gives',
    });
    await expect((await cpu(DECODER)).run({ features, shift })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_FEED',
      message:
        'Input "features": the tensor lies on GPU 0, and the session runs on the CPU: feed what its download() gives',
    });
    const decoder = await open(DECODER);
    await expect(decoder.run({ features, shift: floats(1, 2) })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_FEED',
      message: expect.stringMatching(/dimension 0 \("n"\) is 2/),
    });
    const rows = { features, shift } as unknown as Record<string, Tensor>;
    await expect(decoder.runRows([rows, rows])).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_FEED',
      message: expect.stringMatching(/^Part 0: Input "features": rows are put together by the CPU/),
    });
    await expect(decoder.run({ features, shift }, { outputs: { y: features as never } })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_ARGUMENT',
      message: 'Output "y": a tensor on a GPU is not written into: ask for \'cuda\'',
    });
    features.dispose();
  });

  it('is refused where it is a copy: spread, or posted to another thread', async () => {
    const features = await encode(await open(ENCODER), floats(1));
    const decoder = await open(DECODER);
    for (const copy of [structuredClone(features), { ...features }] as DeviceTensor[]) {
      await expect(decoder.run({ features: copy, shift: floats(1) })).rejects.toMatchObject({
        code: 'ENGINERY_INVALID_FEED',
        message:
          'Input "features": this is a copy of a device tensor, which belongs to the thread that made it: feed that one there, or what its download() gives',
      });
      await expect(
        decoder.run({ features, shift: floats(1) }, { outputs: { y: copy as never } }),
      ).rejects.toMatchObject({
        code: 'ENGINERY_INVALID_ARGUMENT',
        message: expect.stringMatching(/a tensor on a GPU is not written into/),
      });
    }
    features.dispose();
  });

  it('does not stay where there is no GPU', async () => {
    const session = await cpu(ENCODER);
    await expect(session.run({ x: floats(1) }, { outputs: { features: 'cuda' } })).rejects.toMatchObject({
      code: 'ENGINERY_OPTION_UNSUPPORTED',
      message: 'Output "features" cannot stay on a GPU: the session runs on the CPU',
    });
  });

  it('is not taken for a shape', async () => {
    const sized = { min: [1, 4], opt: [2, 4], max: [8, 4] };
    const values = { min: [1, 1], opt: [4, 2], max: [32, 32] };
    const reshape = await open(multiInput(), { engine: { profiles: [{ a: sized, b: sized, shape: { values } }] } });
    const shapes = await open(identity(['int64'], [2]));
    const two = new Tensor('int64', new BigInt64Array([4n, 2n]), [2]);
    const { y0: shape } = await shapes.run(two, { outputs: { y0: 'cuda' } });
    const eight = new Tensor('float32', new Float32Array(8), [2, 4]);
    await expect(reshape.run({ a: eight, b: eight, shape })).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_FEED',
      message: expect.stringMatching(/^Input "shape": shapes are computed from its elements, by the CPU/),
    });
    const { y } = await reshape.run({ a: eight, b: eight, shape: await shape.download() });
    expect(y?.dims).toEqual([4, 2]);
    shape.dispose();
  });
});
