// @module-tag build-options
// @module-tag enterprise-options
/**
 * Every option of the option table, with each of its values, set through the addon and the bridge and read back on the
 * emulated TensorRT: of the oldest and the newest releases, which have only what they had.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPTION_GROUPS, OPTION_RULES, OPTIONS, type OptionSpec } from '../../dist/engine/option-table.js';
import type { Family } from '../../dist/libraries/verdict.js';
import { compareVersions } from '../../dist/libraries/version.js';
import { output } from '../support/commands.js';
import { emulatedLibrary, emulatedMachine } from '../support/emulator.js';
import { one } from '../support/small-models.js';
import { temporaryFolder } from '../support/temporary.js';

const INDEX = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href);

/** Builds with each of the options, and says how each build ended. */
const SCRIPT = `
  const { buildEngine } = await import(${INDEX});
  const [folder, library, cases] = process.argv.slice(1);
  const outcomes = [];
  for (const [place, options] of JSON.parse(cases).entries()) {
    try {
      await buildEngine(folder + '/model.onnx', { library, output: folder + '/' + place + '.engine', ...options });
      outcomes.push('built');
    } catch (error) {
      outcomes.push(error.code ?? String(error));
    }
  }
  console.log(JSON.stringify(outcomes));`;

/** Text that the emulated TensorRT takes, or a path. */
const TEXTS: Readonly<Record<string, string>> = { buildRoute: 'fast', timingCache: 'timing.cache' };

function valuesOf(spec: OptionSpec): readonly unknown[] {
  switch (spec.kind) {
    case 'switch':
      return [true, false];
    case 'integer':
      return [spec.min, Math.min(spec.max, spec.min + 3)];
    case 'bytes':
      return [1 << 20];
    case 'text':
    case 'path':
      return [TEXTS[spec.name]];
    case 'paths':
      return [['/nowhere/plugin.so']];
    case 'choice':
      return spec.choices;
    case 'choices':
      return [...spec.choices.map((choice) => [choice]), spec.choices.filter((choice) => choice !== 'current')];
  }
}

/** `{ memory: { workspace: 1 } }` of `memory.workspace` and 1, with what the option needs beside it. */
function optionsOf({ name }: OptionSpec, value: unknown, family: Family): Record<string, unknown> {
  const [group, member] = name.split('.');
  const needs = OPTION_RULES.find((rule) => rule.name === name)?.needs;
  const needed = OPTIONS.find((spec) => spec.name === needs && spec.since[family] !== undefined);
  const others = needed ? optionsOf(needed, valuesOf(needed).at(needed.kind === 'switch' ? 0 : -1), family) : {};
  if (OPTION_GROUPS.has(name)) return { [name]: {} }; // its presence alone says something
  const own = member === undefined ? value : { ...(others[group as string] as object), [member]: value };
  return { ...others, [group as string]: own };
}

/** What came later than the option that has it among its values. */
const LATER: Readonly<Record<string, string>> = {
  sameComputeCapability: '10.9',
  aliasedPluginIO1003: '10.3',
  runtimeActivationResize1010: '10.10',
  multideviceRuntime1016: '10.16',
};

function expected(spec: OptionSpec, value: unknown, family: Family, version: string): string {
  const needs = OPTION_RULES.find((rule) => rule.name === spec.name)?.needs;
  const all = OPTIONS.filter((it) => (it === spec || it.name === needs) && it.since[family] !== undefined);
  if (all.some((it) => compareVersions(version, it.since[family] as string) < 0)) return 'ENGINERY_OPTION_UNSUPPORTED';
  const words = [value].flat() as string[];
  if (words.some((word) => compareVersions(version, LATER[word] ?? '0') < 0)) return 'ENGINERY_OPTION_REFUSED';
  if (spec.name === 'plugins') return 'ENGINERY_OPTION_REFUSED'; // there is no such library
  if (spec.name === 'dla.core' || spec.name === 'dla.gpuFallback') return 'ENGINERY_BUILD_FAILED'; // nor a DLA
  if (spec.name === 'errorOnTimingCacheMiss' && value === true) return 'ENGINERY_BUILD_FAILED'; // nor an entry
  return 'built';
}

describe('every option of the table', () => {
  it.each<[Family, string]>([
    ['rtx', '1.5.0.114'],
    ['rtx', '1.7.0.1'],
    ['ent10', '10.0.1.6'],
    ['ent10', '10.9.0.34'],
    ['ent10', '10.16.1.11'],
    ['ent11', '11.0.0.1'],
    ['ent11', '11.5.0.1'],
  ])('is taken or refused by %s %s as the table says', async (family, version) => {
    const folder = await temporaryFolder();
    const machine = await emulatedMachine(folder, `version ${family}=${version}`, [family]);
    await writeFile(join(folder, 'model.onnx'), one('Relu'));
    const cases = OPTIONS.filter(({ since }) => since[family] !== undefined).flatMap((spec) =>
      valuesOf(spec).map((value, i) => {
        const options = optionsOf(spec, value, family);
        // A cache of its own for each build: what one measured, the next would find there.
        if (options.timingCache) options.timingCache = join(folder, `${spec.name}.${i}.cache`);
        return {
          name: `${spec.name} ${JSON.stringify(value)}`,
          options,
          outcome: expected(spec, value, family, version),
        };
      }),
    );
    const args = ['--input-type=module', '-e', SCRIPT, folder, emulatedLibrary(family)];
    const built = await output(process.execPath, [...args, JSON.stringify(cases.map(({ options }) => options))], {
      env: { ...process.env, ...machine.env },
    });
    const outcomes = (JSON.parse(built) as string[]).map((outcome, i) => `${cases[i]?.name}: ${outcome}`);
    expect(outcomes).toEqual(cases.map(({ name, outcome }) => `${name}: ${outcome}`));
    expect(outcomes.filter((outcome) => outcome.endsWith(': built')).length).toBeGreaterThan(15);
    expect(await machine.reports()).toBe('');
  });

  it('is refused by 10.8.0, as are all builds', async () => {
    const folder = await temporaryFolder();
    const machine = await emulatedMachine(folder, 'version ent10=10.8.0.43', ['ent10']);
    await writeFile(join(folder, 'model.onnx'), one('Relu'));
    const args = ['--input-type=module', '-e', SCRIPT, folder, emulatedLibrary('ent10'), '[{}]'];
    const outcome = await output(process.execPath, args, { env: { ...process.env, ...machine.env } });
    expect(JSON.parse(outcome)).toEqual(['ENGINERY_LIBRARY_UNSUPPORTED']);
    expect(await machine.reports()).toBe('');
  });
});
