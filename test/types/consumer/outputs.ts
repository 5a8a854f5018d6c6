/** The outputs that are asked for are those that the result's type has. Never executed. */
import {
  compareSessions,
  createSession,
  type DeviceTensor,
  type ModelTypes,
  type RunOptions,
  type Session,
  Tensor,
  type TensorOf,
} from 'enginery';
import type { Detector } from './generated/detector.js';

type Boxes = TensorOf<'float32', 3>;
type Scores = TensorOf<'float32', 2>;
type Outputs = Detector['outputs'];

/** Compiles for types that are the very same. */
type Same<A, B> =
  (<T>() => T extends { [K in keyof A]: A[K] } ? 1 : 2) extends <T>() => T extends { [K in keyof B]: B[K] } ? 1 : 2
    ? true
    : never;
const is = <_ extends true>(): void => {};

declare const signal: AbortSignal;
declare const either: 'boxes' | 'scores';
declare const session: Session<Detector>;
const image = new Tensor('float32', new Float32Array(12), [1, 3, 2, 2]);
const target = session.allocateTensor('float32', [1, 4, 100]);
const target64 = session.allocateTensor('int64', [1, 100]);
declare const imageOnDevice: () => Promise<DeviceTensor<TensorOf<'float32', 4>>>;
declare const place: 'cuda' | null;

// All of them, where none are named.
const all = await session.run({ image });
is<Same<typeof all, Outputs>>();
const timed = await session.run({ image }, { signal, timeout: 100, borrow: true });
is<Same<typeof timed, Outputs>>();
const unnamed = await session.run({ image }, { outputs: undefined });
is<Same<typeof unnamed, Outputs>>();

// Those that are named: in a list, or as an object.
const one = await session.run({ image }, { outputs: ['boxes'] });
is<Same<typeof one, { boxes: Boxes }>>();
const two = await session.run(image, { outputs: ['boxes', 'scores'], timeout: 100 });
is<Same<typeof two, { boxes: Boxes; scores: Scores }>>();
const into = await session.run({ image }, { outputs: { boxes: target, scores: null }, borrow: true });
is<Same<typeof into, { boxes: Boxes; scores: Scores }>>();
into.boxes = one.boxes;
const names = ['scores'] as const;
const constant = await session.run({ image }, { outputs: names });
is<Same<typeof constant, { scores: Scores }>>();
const rows = await session.runRows([{ image }, { image }], { outputs: ['scores'], signal });
is<Same<(typeof rows)[number], { scores: Scores }>>();
is<Same<Awaited<ReturnType<typeof session.runRows>>[number], Outputs>>();

// @ts-expect-error not asked for
one.scores;
// @ts-expect-error not asked for
into.labels;
// @ts-expect-error not asked for
const { boxes } = await session.run({ image }, { outputs: ['scores'] });
// @ts-expect-error no such output
await session.run({ image }, { outputs: ['boxes', 'masks'] });
// @ts-expect-error no such output
await session.run({ image }, { outputs: { boxes: target, masks: null } });
// @ts-expect-error no such output
await session.runRows([{ image }], { outputs: ['masks'] });
// @ts-expect-error no tensor to write into
await session.run({ image }, { outputs: { boxes: new Float32Array(4) } });
// @ts-expect-error rows are views of a batch: they are written into nothing
await session.runRows([{ image }], { outputs: { boxes: target } });
// @ts-expect-error no such option
await session.run({ image }, { outputs: ['boxes'], timeOut: 100 });

// What stays on the GPU is known by its place, and is fed where a tensor of its type and rank is.
const mixed = await session.run({ image }, { outputs: { boxes: 'cuda', scores: null, labels: target64 } });
is<Same<typeof mixed, { boxes: DeviceTensor<Boxes>; scores: Scores; labels: Detector['outputs']['labels'] }>>();
const downloaded: Boxes = await mixed.boxes.download();
const onDevice: DeviceTensor<TensorOf<'float32', 4>> = await imageOnDevice();
await session.run({ image: onDevice });
await session.run(onDevice, { outputs: ['boxes'] });
const anyTensor: DeviceTensor = mixed.boxes;
// @ts-expect-error another rank
await session.run({ image: mixed.boxes });
// @ts-expect-error no elements before a download
mixed.boxes.data;
// @ts-expect-error no such output
await session.run({ image }, { outputs: { masks: 'cuda' } });
// @ts-expect-error no such place
await session.run({ image }, { outputs: { boxes: 'gpu' } });
// @ts-expect-error nothing is written into it
await session.run({ image }, { outputs: { boxes: mixed.boxes } });
// @ts-expect-error rows are views of a batch of the CPU's
await session.runRows([{ image: onDevice }]);

// What is not known when compiling is not promised.
declare const options: RunOptions;
declare const strings: string[];
declare const several: ('boxes' | 'scores')[];
const whichever = await session.run({ image }, options);
is<Same<typeof whichever, Outputs | { [Name in keyof Outputs]: Outputs[Name] | undefined }>>();
const some = await session.run({ image }, { ...options, outputs: strings });
is<Same<typeof some, { [Name in keyof Outputs]: Outputs[Name] | undefined }>>();
const few = await session.run({ image }, { outputs: several });
is<Same<typeof few, { boxes?: Boxes; scores?: Scores }>>();
const alternative = await session.run({ image }, { outputs: [either] });
is<Same<typeof alternative, { boxes?: Boxes; scores?: Scores }>>();
const someRows = await session.runRows([{ image }], { outputs: strings });
is<Same<(typeof someRows)[number], { [Name in keyof Outputs]: Outputs[Name] | undefined }>>();
const wherever = await session.run({ image }, { outputs: { boxes: place } });
is<Same<typeof wherever, { boxes: Boxes | DeviceTensor<Boxes> }>>();
const perhaps: { boxes?: Tensor; scores?: null } = {};
// @ts-expect-error an output may be missing
const certain: Boxes = whichever.boxes;
// @ts-expect-error an output may be missing
const sure: Boxes = alternative.boxes;
const written = await session.run({ image }, { outputs: perhaps });
// @ts-expect-error an output may be missing
written.boxes.dims;

// Of any model: names that are asked for are there, others may be.
const any: Session = await createSession('detector.onnx');
const asked = await any.run({ image }, { outputs: ['boxes'] });
is<Same<typeof asked, { boxes: Tensor }>>();
// @ts-expect-error not asked for
asked.scores;
const given = await any.run({ image }, { outputs: { boxes: { type: 'float32', dims: [1], data: [0] } } });
is<Same<typeof given, { boxes: Tensor }>>();
const wrap = (feeds: Record<string, Tensor>, how?: RunOptions): Promise<Record<string, Tensor>> => any.run(feeds, how);
const wrapped: Tensor | undefined = (await wrap({ image }, { outputs: ['boxes'] })).boxes;

// What the result is given to does not change what it is.
const declared: Outputs = await session.run({ image });
const returned = (): Promise<Outputs> => session.run({ image }, { signal });
const boxesOnly = async (): Promise<{ boxes: Tensor }> => session.run({ image }, { outputs: ['boxes'] });
const generic = <Model extends ModelTypes>(it: Session<Model>, feeds: Model['inputs']): Promise<Model['outputs']> =>
  it.run(feeds, { signal });

// A session of a model is one of any model.
const general: Session = session;
await compareSessions(any, general);

const stays = await any.run({ image: onDevice }, { outputs: { features: 'cuda' } });
is<Same<typeof stays, { features: DeviceTensor }>>();

export { anyTensor, boxes, boxesOnly, certain, declared, downloaded, generic, returned, sure, wrapped };
