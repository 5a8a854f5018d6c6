/** Names that are no identifiers, kinds that sessions do not take, ranks that nobody knows. Never executed. */
import { createSession, Tensor } from 'enginery';
import type { Hostile } from './generated/hostile.js';
import type { Nothing } from './generated/nothing.js';

const session = await createSession<Hostile>('hostile.onnx');
const one = new Tensor('int32', new Int32Array(1), [1]);
const feeds = {
  constructor: one,
  ['__proto__']: one,
  'a b': one,
  'x"y': one,
  "it's \\": one,
  '*/': one,
  'line\nbreak': one,
  '🙂': one,
  '': one,
  text: new Tensor('string', ['a'], []),
  any: new Tensor('float16', new Uint16Array(6), [1, 2, 3]),
};
const results = await session.run(feeds);
const text: readonly string[] = results['*/ export {} /*'].data;
const scalar: readonly [] = results['*/ export {} /*'].dims;
const dims: readonly number[] = results.constructor.dims;

// @ts-expect-error one of them is missing
await session.run({ ...feeds, 'a b': undefined });
// @ts-expect-error another element type
await session.run({ ...feeds, ['__proto__']: new Tensor('int8', new Int8Array(1), [1]) });
// @ts-expect-error strings are no float16
await session.run({ ...feeds, any: feeds.text });
// @ts-expect-error a sequence is given by no session
const length: number = results.sequence.length;

const empty = await createSession<Nothing>('nothing.onnx');
await empty.run({});
// @ts-expect-error the model has no inputs
await empty.run({ x: one });

export { dims, length, scalar, text };
