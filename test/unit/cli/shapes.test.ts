import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addProfileOptions } from '../../../dist/cli/profile-options.js';
import { parseShapes } from '../../../dist/cli/shapes.js';
import { parsePoolSizes } from '../../../dist/cli/sizes.js';
import { parseByteSize } from '../../../dist/engine/byte-size.js';

describe('parseShapes', () => {
  test.each([
    ['image:1x1x28x28', { image: [1, 1, 28, 28] }],
    ['a:1x3,b:7', { a: [1, 3], b: [7] }],
    ['input:0:1x3', { 'input:0': [1, 3] }],
    ["'in,put':2x2,b:1", { 'in,put': [2, 2], b: [1] }],
    ['n:scalar', { n: [] }],
    ['length:-1', { length: [-1] }],
  ])('%s', (spec, expected) => {
    expect(Object.fromEntries(parseShapes(spec, '--minShapes'))).toEqual(expected);
  });

  test.each([
    '',
    'image',
    'image:',
    ':1x2',
    'image:1xx2',
    'image:1.5',
    'image:ax2',
    'a:1,',
    'image:99999999999999999999',
  ])("refuses '%s'", (spec) => {
    expect(() => parseShapes(spec, '--minShapes')).toThrow(
      expect.objectContaining({ code: 'ENGINERY_INVALID_ARGUMENT', message: expect.stringContaining('--minShapes') }),
    );
  });

  test('refuses an input that stands there twice', () => {
    expect(() => parseShapes('a:1,a:2', '--optShapes')).toThrow(/'a' stands there twice/);
  });
});

describe('profile options', () => {
  const parse = (...words: string[]): unknown => {
    const command = new Command().exitOverride();
    const profiles = addProfileOptions(command);
    command.parse(words, { from: 'user' });
    return profiles();
  };

  test('are absent when not used', () => {
    expect(parse()).toBeUndefined();
  });

  test('make a profile of min, opt and max', () => {
    expect(parse('--minShapes=a:1x2', '--optShapes=a:3x2', '--maxShapes=a:5x2')).toEqual([
      { a: { min: [1, 2], opt: [3, 2], max: [5, 2] } },
    ]);
  });

  test('take opt alone, and --shapes, for a fixed shape', () => {
    const fixed = [{ a: { min: [3], opt: [3], max: [3] } }];
    expect(parse('--optShapes=a:3')).toEqual(fixed);
    expect(parse('--shapes=a:3')).toEqual(fixed);
  });

  test('belong to the profile named before them', () => {
    expect(parse('--profile=0', '--shapes=a:1', '--profile=1', '--shapes=a:2')).toEqual([
      { a: { min: [1], opt: [1], max: [1] } },
      { a: { min: [2], opt: [2], max: [2] } },
    ]);
  });

  test('bound values of shape tensors', () => {
    expect(parse('--minValues=n:1x2', '--optValues=n:3x4', '--maxValues=n:5x6')).toEqual([
      { n: { values: { min: [1, 2], opt: [3, 4], max: [5, 6] } } },
    ]);
  });

  test.each([
    [['--minShapes=a:1', '--maxShapes=a:2'], /'a' needs all of --minShapes, --optShapes, --maxShapes/],
    [['--profile=1', '--shapes=a:1'], /profile 0 has no shapes/],
    [['--profile=x'], /--profile: expected a number/],
  ])('%j is refused', (words, message) => {
    expect(() => parse(...words)).toThrow(message);
  });
});

describe('sizes', () => {
  test('pools are in MiB, or in the unit that is named', () => {
    expect({ ...parsePoolSizes('workspace:1024') }).toEqual({ workspace: 2 ** 30 });
    expect({ ...parsePoolSizes('workspace:1GiB,dlaSRAM:0.5') }).toEqual({ workspace: 2 ** 30, dlaSRAM: 2 ** 19 });
  });

  test.each(['workspace', ':1', 'workspace:', 'workspace:much', 'workspace:-1', 'workspace:0'])(
    "refuses '%s'",
    (spec) => {
      expect(() => parsePoolSizes(spec)).toThrow(/--memPoolSize/);
    },
  );

  test.each([
    [1, 1],
    ['1', 1],
    ['1B', 1],
    ['1K', 1024],
    ['1kb', 1024],
    ['1 KiB', 1024],
    ['1.5MiB', 1.5 * 2 ** 20],
    ['2G', 2 ** 31],
    ['1TiB', 2 ** 40],
  ])('in the library, %j is %d bytes', (size, bytes) => {
    expect(parseByteSize(size, 'memory.workspace')).toBe(bytes);
  });

  test.each([
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 60,
    '',
    '1 GiB x',
    '1e9',
    '0x10',
    '9999999TiB',
    null,
    {},
  ])('refuses %j', (size) => {
    expect(() => parseByteSize(size as number, 'memory.workspace')).toThrow(
      /memory\.workspace: expected a positive size/,
    );
  });
});
