// @module-tag build-options
// @module-tag versions
/** Every option of the table with every release: the table promises, and only the library can tell. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { OPTION_GROUPS, OPTIONS } from '../../dist/engine/option-table.js';
import { type BuildOptions, buildEngine, inspectFile } from '../../dist/index.js';
import { compareVersions } from '../../dist/libraries/version.js';
import { ROOT } from '../support/commands.js';
import { temporaryFolder } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const PROFILES = [{ image: { min: [1, 1, 28, 28], opt: [8, 1, 28, 28], max: [32, 1, 28, 28] } }];

/** Values that are no default, for every option that TensorRT-RTX has in any release. */
const VALUES: Readonly<Record<string, unknown>> = {
  'memory.workspace': 2 ** 26,
  optimizationLevel: 2,
  maxAuxStreams: 1,
  tf32: false,
  profilingVerbosity: 'detailed',
  buildRoute: '-conv_use_long_w=off',
  targets: ['sm89', 'sm120'],
  refit: true,
  stripPlan: true,
  'parserFlags.nativeInstanceNorm': false,
};

/** Options that take a GPU, and how they are refused without one. */
const NEEDS_GPU: Readonly<Record<string, string>> = {
  refit: 'ENGINERY_GPU_REQUIRED',
  stripPlan: 'ENGINERY_GPU_REQUIRED',
  buildRoute: 'ENGINERY_OPTION_REFUSED',
};

/** Options that leave their mark even in an engine as small as this one. */
const SHOWN = ['memory.workspace', 'tf32', 'profilingVerbosity', 'targets'];

const sinceOf = (name: string): string | undefined => OPTIONS.find((it) => it.name === name && it.since.rtx)?.since.rtx;

/** Options by their names in the table, as a caller writes them. */
function written(values: Readonly<Record<string, unknown>>): Partial<BuildOptions> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const [group = '', member] = name.split('.');
    options[group] = member === undefined ? value : { ...(options[group] as object | undefined), [member]: value };
  }
  return options;
}

test('there is a value for every option of the table', () => {
  const names = new Set(OPTIONS.filter(({ since }) => since.rtx !== undefined).map(({ name }) => name));
  expect(Object.keys(VALUES).sort()).toEqual([...names].sort());
});

describe.each(inject('runtimes'))('TensorRT-RTX $version', ({ version, path: library }) => {
  const has = (name: string): boolean => compareVersions(version, sinceOf(name) ?? '999') >= 0;
  const output = async (): Promise<string> => join(await temporaryFolder(), 'digits.engine');

  /** The error, once nothing was left behind. */
  async function refusal(options: Partial<BuildOptions>): Promise<unknown> {
    const folder = await temporaryFolder();
    const outcome = await buildEngine(DIGITS, {
      ...options,
      output: join(folder, 'x.engine'),
      library,
      profiles: PROFILES,
    }).catch((error: unknown) => error);
    expect(await readdir(folder)).toEqual([]);
    return outcome;
  }

  test('takes every option that it has, all at once', async () => {
    const entries = Object.entries(VALUES).filter(([name]) => has(name) && !(name in NEEDS_GPU));
    const resolved = Object.fromEntries(entries);
    const options = { ...written(resolved), profiles: PROFILES };
    const { path } = await buildEngine(DIGITS, { ...options, output: await output(), library });
    const engine = await inspectFile(path);
    expect(engine).toMatchObject({ kind: 'engine', product: 'tensorrt-rtx', version });
    expect('manifest' in engine && engine.manifest).toMatchObject({
      runtime: { product: 'tensorrt-rtx', version },
      targets: { architectures: ['sm89', 'sm120'], andLater: false },
    });
    expect('manifest' in engine && engine.manifest?.options).toEqual({ given: options, resolved });
  });

  test('builds another engine for those that show in one', async () => {
    const build = async (options: Partial<BuildOptions>): Promise<string> =>
      (await buildEngine(DIGITS, { ...options, output: await output(), library, profiles: PROFILES })).sha256;
    const plain = await build({});
    const same: string[] = [];
    for (const name of SHOWN) if ((await build(written({ [name]: VALUES[name] }))) === plain) same.push(name);
    expect(same).toEqual([]);
  });

  test('says of an option that it needs a GPU', async () => {
    for (const [name, code] of Object.entries(NEEDS_GPU).filter(([name]) => has(name))) {
      expect(await refusal(written({ [name]: VALUES[name] })), name).toMatchObject({
        code,
        message: expect.stringContaining(name),
      });
    }
  });

  test('is asked for nothing that only later releases have', async () => {
    for (const name of Object.keys(VALUES).filter((it) => !has(it))) {
      expect(await refusal(written({ [name]: VALUES[name] })), name).toMatchObject({
        code: 'ENGINERY_OPTION_UNSUPPORTED',
        message: expect.stringContaining(`${name}: TensorRT-RTX ${version} has no such option`),
        details: { option: name, since: sinceOf(name) },
      });
    }
  });

  test('is asked for nothing that only Enterprise has', async () => {
    const names = new Set(OPTIONS.map(({ name }) => name).filter((name) => sinceOf(name) === undefined));
    expect(names.size).toBeGreaterThan(30);
    for (const name of names) {
      const options = written({ [name]: OPTION_GROUPS.has(name) ? {} : true });
      expect(await refusal(options), name).toMatchObject({
        code: 'ENGINERY_OPTION_UNSUPPORTED',
        message: expect.stringContaining(name.split('.')[0] ?? name),
      });
    }
  });
});
