/** A program that runs the model of the quickstart: what compiles, and what does not. Never executed. */
import {
  attachSession,
  benchSession,
  compareSessions,
  createSession,
  type DeviceFeeds,
  type RunOutputs,
  type Session,
  Tensor,
  type TensorOf,
} from 'enginery';
import type { Digits } from './generated/digits.js';

declare const pixels: Float32Array;
const session = await createSession<Digits>('digits.onnx', { backend: 'cpu' });

// A Tensor, one that was made before, and a plain object; results come by name, with their type and rank.
const image = new Tensor('float32', pixels, [1, 1, 28, 28]);
const { logits } = await session.run({ image }, {});
const [rows, columns]: readonly [number, number] = logits.dims;
const scores: Float32Array = logits.data;
const type: 'float32' = logits.type;
await session.run({ image: new Tensor('float32', pixels, [1, 1, 28, 28]) });
await session.run({ image: { type: 'float32', dims: [1, 1, 28, 28], data: pixels } });
const feed: TensorOf<'float32', 4> = image;
const whatever: Tensor = logits;

// Whoever takes any session takes this one.
const disposeOf = (any: Session): Promise<void> => any.dispose();
await disposeOf(session);
await benchSession(session, { feeds: { image } });
await compareSessions(session, session);
const named: Session<Digits> = await createSession('digits.onnx');

const attached: Session<Digits> = await attachSession<Digits>(session.handle);

// What a function of one's own takes and gives can be named.
const runOn = async (feeds: DeviceFeeds<Digits['inputs']>): Promise<RunOutputs<Digits['outputs'], undefined>> =>
  attached.run(feeds);

// @ts-expect-error no such input
await session.run({ img: image });
// @ts-expect-error no such input beside the right one
await session.run({ image, mask: image });
// @ts-expect-error an input is missing
await session.run({});
// @ts-expect-error another element type
await session.run({ image: new Tensor('float64', new Float64Array(784), [1, 1, 28, 28]) });
// @ts-expect-error another rank
await session.run({ image: new Tensor('float32', pixels, [28, 28]) });
// @ts-expect-error dims of which nobody knows how many they are
await session.run({ image: new Tensor('float32', pixels, [] as number[]) });
// @ts-expect-error an array of another type
await session.run({ image: { type: 'float32', dims: [1, 1, 28, 28], data: new Float64Array(784) } });
// @ts-expect-error no such output
const { probabilities } = await session.run({ image });
// @ts-expect-error another array
const integers: BigInt64Array = logits.data;
// @ts-expect-error a third dimension
const third = logits.dims[2];

export { columns, feed, integers, named, probabilities, rows, runOn, scores, third, type, whatever };
