import { describe, expect, it } from 'vitest';
import { type ComparableSession, compareSessions } from '../../../dist/compare/compare-sessions.js';
import type { Feeds } from '../../../dist/session/feeds.js';
import { Tensor } from '../../../dist/tensor/tensor.js';

const floats = (...values: number[]): Tensor => new Tensor('float32', new Float32Array(values), [1, values.length]);

/** A session that gives what it is told to, whatever it is fed. */
function gives(results: Record<string, Tensor>, input = 'x', seen: Feeds[] = []): ComparableSession {
  const info = ([name, { type, dims }]: [string, Tensor]) => ({ name, kind: 'tensor' as const, type, dims });
  return {
    inputs: [{ name: input, kind: 'tensor', type: 'float32', dims: ['batch', 2] }],
    outputs: Object.entries(results).map(info),
    run: async (feeds: Feeds) => {
      seen.push(feeds);
      return results;
    },
  };
}

const a = gives({ y: floats(1, 2, 3) });

describe('compareSessions', () => {
  it('gives both the same inputs, others in each run, the same for the same seed', async () => {
    const seenA: Feeds[] = [];
    const seenB: Feeds[] = [];
    const again: Feeds[] = [];
    const b = gives({ y: floats(1, 2, 3) }, 'image', seenB);
    const result = await compareSessions(gives({ y: floats(1, 2, 3) }, 'x', seenA), b, { runs: 3, seed: 7 });
    await compareSessions(gives({ y: floats(1, 2, 3) }, 'x', again), b, { runs: 3, seed: 7 });
    expect(result).toMatchObject({ runs: 3, passed: true, failures: [], findings: [] });
    expect(result.notes).toEqual(['input "x" of A is taken for "image" of B: names differ, so by order']);
    expect(seenA.map((feeds) => feeds.x)).toEqual(seenB.slice(0, 3).map((feeds) => feeds.image));
    expect(seenA).toEqual(again);
    expect(new Set(seenA.map((feeds) => String(feeds.x?.data))).size).toBe(3);
    expect(seenA[0]?.x?.dims).toEqual([1, 2]);
  });

  it('takes the feeds and the shapes it is given', async () => {
    const seen: Feeds[] = [];
    const session = gives({ y: floats(1) }, 'x', seen);
    const feeds = [{ x: floats(1, 2) }, { x: floats(3, 4) }];
    expect(await compareSessions(session, a, { feeds })).toMatchObject({ runs: 2 });
    expect(seen).toEqual(feeds);
    await compareSessions(session, a, { shapes: { x: [5, 2] } });
    expect(seen[2]?.x?.dims).toEqual([5, 2]);
  });

  it('converts inputs to the width that B takes, and leaves others to B', async () => {
    const seen: Feeds[] = [];
    const half = gives({ y: floats(1) }, 'x', seen);
    const taking = (type: 'float16' | 'float64' | 'int32'): ComparableSession => ({
      ...half,
      inputs: [{ name: 'x', kind: 'tensor', type, dims: [1, 2] }],
    });
    const feeds = [{ x: floats(1, -2) }];
    const { notes } = await compareSessions(a, taking('float16'), { feeds });
    expect(notes).toEqual(['input "x" is float32 in A, and converted to float16 for B']);
    expect(await compareSessions(a, taking('float64'), { feeds })).toMatchObject({ notes: [expect.anything()] });
    expect(await compareSessions(a, taking('int32'), { feeds })).toMatchObject({ notes: [] });
    expect(seen).toEqual([
      { x: { type: 'float16', dims: [1, 2], data: new Uint16Array([0x3c00, 0xc000]) } },
      { x: { type: 'float64', dims: [1, 2], data: new Float64Array([1, -2]) } },
      feeds[0],
    ]);
  });

  it('pairs outputs by name, else in order, and says what is left', async () => {
    const b = gives({ extra: floats(1), other: floats(1, 2, 3), z: floats(9) });
    const left = gives({ y: floats(1, 2, 3), z: floats(9) });
    const { outputs, notes, findings } = await compareSessions(left, b);
    expect(outputs.map(({ name, nameInB }) => [name, nameInB])).toEqual([
      ['y', 'extra'],
      ['z', 'z'],
    ]);
    expect(notes).toEqual(['output "y" of A is taken for "extra" of B: names differ, so by order']);
    expect(findings).toEqual([
      { output: 'y', kind: 'dims', message: 'is [1, 3] in A and [1, 1] in B: not compared (run 0)', compared: false },
      { output: 'other', kind: 'missing', message: 'is an output of B alone', compared: false },
    ]);
    expect(outputs[0]?.metrics).toBeNull();
  });

  it('compares floats of different widths with a finding, and not floats with integers', async () => {
    const half = gives({ y: new Tensor('float16', new Uint16Array([0x3c00, 0x4000, 0x4200]), [1, 3]) });
    const close = await compareSessions(a, half);
    expect(close.outputs[0]).toMatchObject({
      types: { a: 'float32', b: 'float16' },
      metrics: { kind: 'float', absolute: { max: 0 } },
    });
    expect(close.findings).toEqual([
      { output: 'y', kind: 'type', message: 'is float32 in A and float16 in B', compared: true },
    ]);
    const ints = gives({ y: new Tensor('int32', new Int32Array([1, 2, 3]), [1, 3]) });
    expect(await compareSessions(a, ints)).toMatchObject({
      outputs: [{ metrics: null }],
      findings: [{ kind: 'type', compared: false, message: 'is float32 in A and int32 in B: not compared' }],
      passed: true,
    });
    expect(await compareSessions(ints, ints)).toMatchObject({
      outputs: [{ metrics: { kind: 'exact', different: 0 } }],
    });
  });

  it('refuses what cannot be done', async () => {
    const two = { ...a, inputs: [...a.inputs, { name: 'z', kind: 'tensor' as const, type: null, dims: null }] };
    await expect(compareSessions(a, two)).rejects.toThrow('The models cannot be fed alike: B also has "z"');
    await expect(compareSessions(two, a)).rejects.toThrow('Input "z" is of unknown type');
    await expect(compareSessions(a, a, { feeds: [] })).rejects.toMatchObject({ code: 'ENGINERY_INVALID_ARGUMENT' });
    await expect(compareSessions(a, a, { runs: 0 })).rejects.toThrow('runs is 0, expected an integer from 1 on');
    await expect(compareSessions(a, a, { seed: 0.5 })).rejects.toMatchObject({ code: 'ENGINERY_INVALID_OPTION' });
    await expect(compareSessions(a, a, { thresholds: { maxAbs: Number.NaN } })).rejects.toThrow('thresholds.maxAbs');
    await expect(compareSessions(a, a, { thresholds: { max: 1 } as object })).rejects.toThrow('thresholds.max is 1');
    await expect(compareSessions(a, a, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });
});

describe('thresholds', () => {
  const b = gives({ y: floats(1, 2.5, 2) });

  it.each([
    [{ maxAbs: 0.9 }, 'largest absolute error 1 is over 0.9 (run 0, element 2: 3 and 2)'],
    [{ maxRel: 0.25 }, 'largest relative error 0.3333333333333333 is over 0.25'],
    [{ minCosine: 0.99 }, 'cosine similarity 0.9'],
    [{ minPsnr: 60 }, 'PSNR 9.8'],
    [{ minTop1: 1 }, 'top-1 agreement 0 is below 1'],
  ])('%j is judged', async (thresholds, message) => {
    const { passed, failures } = await compareSessions(a, b, { thresholds });
    expect(passed).toBe(false);
    const [threshold] = Object.keys(thresholds);
    expect(failures).toEqual([{ output: 'y', threshold, message: expect.stringContaining(message) }]);
    expect(await compareSessions(a, a, { thresholds })).toMatchObject({ passed: true });
  });

  it('hold where the limit is just reached', async () => {
    expect(await compareSessions(a, b, { thresholds: { maxAbs: 1, minTop1: 0 } })).toMatchObject({ passed: true });
  });

  it('bring everything along that no number says', async () => {
    const failures = async (left: Tensor, right: Tensor, thresholds = {}): Promise<unknown[]> => {
      const options = { thresholds: { minCosine: 0, ...thresholds } };
      const result = await compareSessions(gives({ y: left }), gives({ y: right }), options);
      return result.failures.map(({ threshold, message }) => [threshold, message]);
    };
    expect(await failures(floats(1, Number.NaN), floats(1, 1))).toEqual([
      [null, '1 of 2 elements are NaN or infinite on one side alone'],
    ]);
    expect(await failures(floats(1, 2), floats(1))).toEqual([[null, expect.stringContaining('not compared')]]);
    const ints = (...values: number[]): Tensor => new Tensor('int32', new Int32Array(values), [values.length]);
    const differ = '1 of 2 elements differ (the first in run 0, element 1: 2 and 4)';
    expect(await failures(ints(1, 2), ints(1, 4))).toEqual([[null, differ]]);
    expect(await failures(ints(1, 2), ints(1, 4), { maxAbs: 1 })).toEqual([['maxAbs', differ]]);
    expect(await failures(ints(1, 2), ints(1, 4), { maxAbs: 2 })).toEqual([]);
    expect(await failures(ints(1), ints(1), { minTop1: 1 })).toEqual([['minTop1', 'no output has rows of scores']]);
    const result = await compareSessions(a, gives({}), { thresholds: { maxAbs: 1 } });
    expect(result.failures).toEqual([{ output: 'y', threshold: null, message: 'is an output of A alone' }]);
  });
});
