import { describe, expect, test } from 'vitest';
import { resolveProfiles } from '../../../dist/engine/profiles.js';
import type { ValueInfo } from '../../../dist/onnx/model-info.js';

const input = (name: string, dims: ValueInfo['dims'], type: ValueInfo['type'] = 'float32'): ValueInfo =>
  ({ name, type, kind: 'tensor', dims }) as ValueInfo;

const IMAGE = input('image', ['batch', 1, 28, 28]);
const fixed = (...dims: number[]) => ({ min: dims, opt: dims, max: dims });

const refusal = (inputs: readonly ValueInfo[], profiles: unknown): Error & { code: string; hint?: string } => {
  try {
    resolveProfiles(inputs, profiles as never);
  } catch (error) {
    return error as never;
  }
  throw new Error('was not refused');
};

describe('what may be left out', () => {
  test('inputs of fixed shape need no profile', () => {
    expect(resolveProfiles([input('x', [1, 3])], undefined)).toEqual({ profiles: [], ranges: [], warnings: [] });
  });

  test('a dynamic leading dimension gets 1, 8, 32, with a warning', () => {
    const { ranges, warnings } = resolveProfiles([IMAGE], undefined);
    expect(ranges).toEqual([
      { profile: 0, input: 'image', values: false, min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [32, 1, 28, 28] },
    ]);
    expect(warnings).toEqual([expect.stringContaining("'image'")]);
  });

  test('an input takes over what another one says of the same symbol, without a warning', () => {
    const { ranges, warnings } = resolveProfiles(
      [IMAGE, input('mask', ['batch', 10])],
      [{ image: { min: [2, 1, 28, 28], opt: [4, 1, 28, 28], max: [6, 1, 28, 28] } }],
    );
    expect(ranges[1]).toMatchObject({ input: 'mask', min: [2, 10], opt: [4, 10], max: [6, 10] });
    expect(warnings).toEqual([]);
  });

  test('any other dynamic dimension is an error that prints the lines to add', () => {
    const error = refusal([input('x', ['n', 3, null, 'width'])], undefined);
    expect(error.code).toBe('ENGINERY_INVALID_PROFILE');
    expect(error.message).toContain("'x' (dimension 0 'n', dimension 2, dimension 3 'width')");
    expect(error.hint).toContain(
      'profiles: [{ x: { min: [1, 3, 32, 32], opt: [8, 3, 256, 256], max: [32, 3, 1024, 1024] } }]',
    );
    expect(error.hint).toContain('--minShapes=x:1x3x32x32 --optShapes=x:8x3x256x256 --maxShapes=x:32x3x1024x1024');
  });
});

test('several profiles, with values of a shape tensor', () => {
  const inputs = [input('x', [null, 3]), input('size', [2], 'int64')];
  const values = { min: [1, 1], opt: [4, 4], max: [8, 8] };
  const { ranges, profiles } = resolveProfiles(inputs, [
    { x: fixed(1, 3), size: { values } },
    { x: { min: [2, 3], opt: [4, 3], max: [8, 3] }, size: { values } },
  ]);
  expect(ranges.map(({ profile, input: name, values: isValues }) => [profile, name, isValues])).toEqual([
    [0, 'x', false],
    [0, 'size', true],
    [1, 'x', false],
    [1, 'size', true],
  ]);
  expect(profiles[1]?.size).toEqual({ values });
});

describe('refused, with what is wrong', () => {
  test.each<[string, readonly ValueInfo[], unknown, RegExp]>([
    ['a wrong name', [IMAGE], [{ imge: fixed(1, 1, 28, 28) }], /no input 'imge'/],
    ['the rank', [IMAGE], [{ image: fixed(1, 28, 28) }], /4 dimensions \[batch, 1, 28, 28\], the profile gives 3/],
    [
      'min > opt',
      [IMAGE],
      [{ image: { min: [9, 1, 28, 28], opt: [8, 1, 28, 28], max: [9, 1, 28, 28] } }],
      /position 0: 9, 8, 9/,
    ],
    [
      'opt > max',
      [IMAGE],
      [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [7, 1, 28, 28] } }],
      /min ≤ opt ≤ max/,
    ],
    ['a fixed dimension', [IMAGE], [{ image: fixed(1, 3, 28, 28) }], /dimension 1 of 'image' is fixed at 1/],
    ['lengths', [IMAGE], [{ image: { min: [1], opt: [1, 1], max: [1] } }], /min has 1 numbers, opt has 2/],
    ['no opt', [IMAGE], [{ image: { min: [1], max: [1] } }], /image\.opt: expected a list/],
    ['text', [IMAGE], [{ image: '1x1' }], /expected \{ min, opt, max \}/],
    ['fractions', [IMAGE], [{ image: fixed(1.5, 1, 28, 28) }], /got 1\.5/],
    ['NaN', [IMAGE], [{ image: fixed(Number.NaN, 1, 28, 28) }], /got NaN/],
    ['negative dimensions', [IMAGE], [{ image: fixed(-1, 1, 28, 28) }], /got -1/],
    ['dimensions beyond int32', [IMAGE], [{ image: fixed(2 ** 31, 1, 28, 28) }], /got 2147483648/],
    ['absurd products', [input('x', [null, null, null])], [{ x: fixed(2e9, 2e9, 2e9) }], /too large for any machine/],
    ['another key', [IMAGE], [{ image: { ...fixed(1, 1, 28, 28), best: [1] } }], /found 'best'/],
    [
      'two sizes of a symbol',
      [IMAGE, input('m', ['batch'])],
      [{ image: fixed(2, 1, 28, 28), m: fixed(3) }],
      /'batch' is 3 here and 2 for 'image'/,
    ],
    ['values of a float', [IMAGE], [{ image: { values: fixed(1) } }], /a shape tensor is int32 or int64/],
    [
      'the number of values',
      [input('s', [2], 'int64')],
      [{ s: { values: fixed(1, 2, 3) } }],
      /holds 2 values, the profile gives 3/,
    ],
    ['no list', [IMAGE], {}, /expected a list/],
    ['a list in the list', [IMAGE], [[]], /profiles\[0\]: expected an object/],
    ['null', [IMAGE], [null], /profiles\[0\]/],
  ])('%s', (_, inputs, profiles, message) => {
    const error = refusal(inputs, profiles);
    expect(error.code).toBe('ENGINERY_INVALID_PROFILE');
    expect(error.message).toMatch(message);
  });

  test('a wrong name lists the inputs and the nearest one', () => {
    expect(refusal([IMAGE], [{ imge: fixed(1, 1, 28, 28) }]).hint).toBe(
      "Did you mean 'image'? Its inputs: 'image' [batch, 1, 28, 28].",
    );
  });

  test('names of the prototype are names like any other', () => {
    expect(refusal([IMAGE], [JSON.parse('{"__proto__":{}}')]).message).toBe("The model has no input '__proto__'");
    expect(resolveProfiles([input('constructor', ['n'])], [{}]).warnings).toHaveLength(1);
  });
});
