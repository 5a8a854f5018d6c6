// @module-tag sessions
/** runRows: rows of several callers, run as one batch. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSession } from '../../dist/session/create-session.js';
import type { Session } from '../../dist/session/session.js';
import { Tensor } from '../../dist/tensor/tensor.js';
import { node } from '../support/onnx-writer.js';
import { one, small } from '../support/small-models.js';

const TYPES = { float: 'float32', half: 'float16', whole: 'int64', text: 'string' } as const;
const NAMES = Object.keys(TYPES) as (keyof typeof TYPES)[];
const WIDTH = 2;
const typed = (suffix: string): Record<string, readonly [(typeof TYPES)[keyof typeof TYPES], (string | number)[]]> =>
  Object.fromEntries(NAMES.map((name) => [name + suffix, [TYPES[name], ['rows', WIDTH]]]));

let session: Session;
beforeAll(async () => {
  const nodes = NAMES.map((name) => node('Identity', [name], [`${name}_out`]));
  session = await createSession(small(nodes, { inputs: typed(''), outputs: typed('_out') }), { backend: 'cpu' });
});
afterAll(() => session.dispose());

/** Rows whose elements say which they are. */
function rows(first: number, count: number): Record<string, Tensor> {
  const numbers = Array.from({ length: count * WIDTH }, (_, i) => first * WIDTH + i);
  const dims = [count, WIDTH];
  return {
    float: new Tensor('float32', Float32Array.from(numbers), dims),
    half: new Tensor('float16', Uint16Array.from(numbers), dims),
    whole: new Tensor('int64', BigInt64Array.from(numbers.map(BigInt)), dims),
    text: new Tensor('string', numbers.map(String), dims),
  };
}

it('gives each caller its rows, whatever the parts', async () => {
  const counts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 12 });
  const asked = fc.subarray(NAMES, { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(counts, asked, async (parts, names) => {
      const feeds = parts.map((count, i) => rows(1000 * i, count));
      const results = await session.runRows(feeds, { outputs: names.map((name) => `${name}_out`) });
      expect(results).toEqual(
        feeds.map((feed) => Object.fromEntries(names.map((name) => [`${name}_out`, feed[name]]))),
      );
    }),
    { numRuns: 100 },
  );
});

it('gives rows together with other runs of the session', async () => {
  const batches = Array.from({ length: 20 }, (_, i) => [rows(100 * i, 3), rows(100 * i + 3, 1)]);
  const results = await Promise.all(batches.map((feeds) => session.runRows(feeds)));
  results.forEach((parts, i) => {
    expect(parts.map(({ whole_out }) => whole_out)).toEqual(batches[i]?.map(({ whole }) => whole));
  });
});

it('refuses outputs that have no row for each that was fed', async () => {
  const sum = one('ReduceMax', { keepdims: 1, axes: [0] }, { inputs: { x: ['float32', ['n', 2]] } });
  const reducing = await createSession(sum, { backend: 'cpu' });
  const x = new Tensor('float32', new Float32Array(4), [2, 2]);
  await expect(reducing.runRows([{ x }, { x }])).rejects.toMatchObject({ code: 'ENGINERY_RUN_FAILED' });
  await reducing.dispose();
});

it('stops by its signal and its time', async () => {
  const aborted = session.runRows([rows(0, 1)], { signal: AbortSignal.abort(new Error('enough')) });
  await expect(aborted).rejects.toThrow('enough');
  await expect(session.runRows([rows(0, 1)], { timeout: 0 })).rejects.toMatchObject({
    code: 'ENGINERY_INVALID_OPTION',
  });
  await expect(session.runRows([rows(0, 1)], { outputs: ['x'] })).rejects.toMatchObject({
    code: 'ENGINERY_INVALID_ARGUMENT',
  });
});
