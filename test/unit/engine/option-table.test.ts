import { expect, test } from 'vitest';
import { OPTION_TABLES, resolveSettings } from '../../../dist/engine/option-table.js';
import type { EngineOptions } from '../../../dist/engine/options.js';

const resolve = (options: unknown, version = '1.7.1.116') => resolveSettings(options as EngineOptions, 'rtx', version);

test('options become settings of the bridge', () => {
  const { settings, resolved } = resolve({
    output: 'x.engine',
    memory: { workspace: '1GiB' },
    targets: ['sm89', 'sm120', 'sm89'],
    optimizationLevel: 5,
    maxAuxStreams: 0,
    tf32: false,
    profilingVerbosity: 'detailed',
    buildRoute: '-a=b',
    parserFlags: { nativeInstanceNorm: false },
    refit: undefined,
  });
  expect(settings).toEqual([
    { name: 'workspace', value: 2 ** 30 },
    { name: 'target', value: 'sm89' },
    { name: 'target', value: 'sm120' },
    { name: 'optimizationLevel', value: 5 },
    { name: 'maxAuxStreams', value: 0 },
    { name: 'tf32', value: false },
    { name: 'profilingVerbosity', value: 'detailed' },
    { name: 'buildRoute', value: '-a=b' },
    { name: 'parser.nativeInstanceNorm', value: false },
  ]);
  expect(resolved).toMatchObject({ 'memory.workspace': 2 ** 30, targets: ['sm89', 'sm120'], tf32: false });
});

test('no option, no setting: the library decides', () => {
  expect(resolve({}).settings).toEqual([]);
});

test.each([
  ['optimizationlevel', 'Did you mean optimizationLevel?'],
  ['worksapce', /Known options/],
  ['memory.workspaces', 'Did you mean memory.workspace?'],
  ['timingCache', /TensorRT Enterprise/],
  ['memory.dlaSRAM', /TensorRT Enterprise/],
  ['constructor', /Known options/],
  ['__proto__', /Known options/],
])('%s is refused by name', (name, hint) => {
  const [group, member] = name.split('.');
  const options = JSON.parse(`{${JSON.stringify(group)}:${member ? JSON.stringify({ [member]: 1 }) : '1'}}`);
  expect(() => resolve(options)).toThrow(
    expect.objectContaining({
      code: 'ENGINERY_OPTION_UNSUPPORTED',
      message: expect.stringContaining(name),
      hint: typeof hint === 'string' ? hint : expect.stringMatching(hint),
    }),
  );
});

test.each([
  [{ optimizationLevel: 6 }, 'optimizationLevel: expected a whole number from 0 to 5, got 6'],
  [{ optimizationLevel: '3' }, 'optimizationLevel: expected a whole number from 0 to 5, got "3"'],
  [{ optimizationLevel: Number.NaN }, /optimizationLevel/],
  [{ maxAuxStreams: -1 }, /maxAuxStreams/],
  [{ maxAuxStreams: 2 ** 40 }, /maxAuxStreams/],
  [{ tf32: 1 }, 'tf32: expected true or false, got 1'],
  [{ profilingVerbosity: 'loud' }, /layerNamesOnly, none, detailed/],
  [{ targets: [] }, /targets/],
  [{ targets: 'sm89' }, /targets/],
  [{ targets: ['sm90'] }, /sm75, sm80, sm86, sm89, sm120, sm121, current, got "sm90"/],
  [{ targets: ['current', 'sm89'] }, /'current' alone/],
  [{ buildRoute: '' }, /buildRoute/],
  [{ buildRoute: 'a\0b' }, /buildRoute/],
  [{ memory: 5 }, /memory: expected an object/],
  [{ memory: { workspace: '1 apple' } }, /memory\.workspace/],
  [{ refit: 'yes' }, /refit/],
  [{ refit: 10n }, /got 10$/],
])('%o is refused', (options, message) => {
  expect(() => resolve(options)).toThrow(
    expect.objectContaining({
      code: 'ENGINERY_INVALID_OPTION',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    }),
  );
});

test('an option the library is too old for says since when it exists', () => {
  expect(() => resolve({ buildRoute: '-a=b' }, '1.5.0.114')).toThrow(/1\.5\.0\.114 has no such option; 1\.6 and later/);
  expect(() => resolve({ buildRoute: '-a=b' }, '1.10.0')).not.toThrow();
});

test('every option of the table names its setting once', () => {
  const table = OPTION_TABLES.rtx ?? [];
  expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
  expect(new Set(table.map(({ setting }) => setting)).size).toBe(table.length);
});

test('a family without a table cannot build', () => {
  expect(() => resolveSettings({}, 'ent11', '11.4.0')).toThrow(
    expect.objectContaining({ code: 'ENGINERY_LIBRARY_UNSUPPORTED' }),
  );
});
