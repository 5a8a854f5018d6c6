import { expect, test } from 'vitest';
import { OPTIONS } from '../../../dist/engine/option-table.js';
import type { EngineOptions } from '../../../dist/engine/options.js';
import { resolveSettings } from '../../../dist/engine/settings.js';
import type { Family } from '../../../dist/libraries/verdict.js';

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
    { name: 'memory.workspace', value: 2 ** 30 },
    { name: 'targets', value: 'sm89' },
    { name: 'targets', value: 'sm120' },
    { name: 'optimizationLevel', value: 5 },
    { name: 'maxAuxStreams', value: 0 },
    { name: 'tf32', value: false },
    { name: 'profilingVerbosity', value: 'detailed' },
    { name: 'buildRoute', value: '-a=b' },
    { name: 'parserFlags.nativeInstanceNorm', value: false },
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
  ['timingCache', /TensorRT 11 \(from 11\.0\), TensorRT 10 \(from 10\.0\)/],
  ['memory.dlaSRAM', /TensorRT 11/],
  ['weaklyTyped.fp16', /^It is an option of TensorRT 10 \(from 10\.0\)\. Leave it out/],
  ['constructor', /Known options/],
  ['__proto__', /Known options/],
])('%s is refused by name', (name, hint) => {
  const [group, member] = name.split('.');
  const options = JSON.parse(`{${JSON.stringify(group)}:${member ? JSON.stringify({ [member]: 1 }) : '1'}}`);
  expect(() => resolve(options)).toThrow(
    expect.objectContaining({
      code: 'ENGINERY_OPTION_UNSUPPORTED',
      message: expect.stringContaining(group ?? name),
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

const FAMILIES: readonly (readonly [Family, string])[] = [
  ['rtx', '1.7.1'],
  ['ent11', '11.4.0'],
  ['ent10', '10.16.0'],
];

test.each(FAMILIES)('a family has every option once: %s', (family) => {
  const names = OPTIONS.filter((spec) => spec.since[family] !== undefined).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

/** A value that an option takes. */
function sample(spec: (typeof OPTIONS)[number]): unknown {
  if (spec.kind === 'switch') return true;
  if (spec.kind === 'integer') return spec.min;
  if (spec.kind === 'bytes') return 1024;
  if (spec.kind === 'paths') return ['/a.so'];
  if (spec.kind === 'choice') return spec.choices[0];
  return spec.kind === 'choices' ? [spec.choices[0]] : '/text';
}

test.each(OPTIONS.map((spec) => [spec.name, spec] as const))(
  '%s is taken where the table has it, and nowhere else',
  (name, spec) => {
    const [group = '', member] = name.split('.');
    const options = { [group]: member === undefined ? sample(spec) : { [member]: sample(spec) } } as EngineOptions;
    const known = (family: Family) => OPTIONS.some((other) => other.name === name && other.since[family] !== undefined);
    for (const [family, version] of FAMILIES) {
      if (name === 'weaklyTyped') continue; // a group, below
      let error: { code?: string; message?: string } = {};
      try {
        resolveSettings(options, family, version);
      } catch (thrown) {
        error = thrown as Error;
      }
      if (!known(family)) expect(error.code).toBe('ENGINERY_OPTION_UNSUPPORTED');
      else if (error.message !== undefined) expect(error.message).toMatch(/it needs/);
    }
  },
);

test('weak typing crosses as a setting of its own, with what it may choose', () => {
  expect(resolveSettings({ weaklyTyped: {} }, 'ent10', '10.16.0').settings).toEqual([
    { name: 'weaklyTyped', value: true },
  ]);
  expect(resolveSettings({ weaklyTyped: { fp16: true } }, 'ent10', '10.16.0').settings).toEqual([
    { name: 'weaklyTyped', value: true },
    { name: 'weaklyTyped.fp16', value: true },
  ]);
});

test('paths become absolute, and the timing cache is no setting', () => {
  const { settings, resolved } = resolveSettings({ timingCache: 'a.cache', plugins: ['p.so'] }, 'ent11', '11.4.0');
  expect(resolved).toEqual({ timingCache: `${process.cwd()}/a.cache`, plugins: [`${process.cwd()}/p.so`] });
  expect(settings).toEqual([{ name: 'plugins', value: `${process.cwd()}/p.so` }]);
});

test.each([
  [{ excludeLeanRuntime: true }, /it needs versionCompatible/],
  [{ l2LimitForTiling: 1024, tilingOptimizationLevel: 'none' }, /it needs tilingOptimizationLevel/],
  [{ dla: { gpuFallback: true } }, /it needs dla\.core/],
  [{ disableTimingCache: true, timingCache: 'x' }, /cannot be combined with timingCache/],
])('%o makes no sense', (options, message) => {
  expect(() => resolveSettings(options as EngineOptions, 'ent11', '11.4.0')).toThrow(
    expect.objectContaining({ code: 'ENGINERY_INVALID_OPTION', message: expect.stringMatching(message) }),
  );
});

test('dla.core 0 is a core', () => {
  expect(() => resolveSettings({ dla: { core: 0, gpuFallback: true } }, 'ent11', '11.4.0')).not.toThrow();
});
