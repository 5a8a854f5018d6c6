/** A manifest lies beside an engine, and comes from whoever the engine comes from. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listEntries } from '../../../dist/engine/cache/list-entries.js';
import { inspectFile } from '../../../dist/engine/inspect-file.js';
import { type Manifest, parseManifest, readManifest } from '../../../dist/engine/manifest.js';
import { EngineryError } from '../../../dist/errors.js';
import { MANIFEST } from '../../support/manifest.js';
import { planOf } from '../../support/plans.js';
import { temporaryFolder } from '../../support/temporary.js';

const INVALID = { code: 'ENGINERY_INVALID_MANIFEST' };
const UNTOUCHED = Object.getOwnPropertyNames(Object.prototype).join();

type Steps = readonly (string | number)[];

/** The ways to everything in a value, itself included. */
function ways(value: unknown, way: Steps = []): Steps[] {
  if (typeof value !== 'object' || value === null) return [way];
  const step = (name: string): string | number => (Array.isArray(value) ? Number(name) : name);
  return [way, ...Object.entries(value).flatMap(([name, inner]) => ways(inner, [...way, step(name)]))];
}

/** JSON in which what `way` leads to is replaced by `text`, which need not be what JSON.stringify would write. */
function replaced(value: unknown, [step, ...rest]: Steps, text: string): string {
  if (step === undefined) return text;
  const inner = (name: string, now: unknown): string =>
    name === String(step) ? replaced(now, rest, text) : JSON.stringify(now);
  if (Array.isArray(value)) return `[${value.map((item, i) => inner(String(i), item)).join()}]`;
  const entries = Object.entries(value as object);
  return `{${entries.map(([name, now]) => `${JSON.stringify(name)}:${inner(name, now)}`).join()}}`;
}

const deep = (depth: number): string => `${'[{"a":'.repeat(depth)}0${'}]'.repeat(depth)}`;

const NASTY = [
  ...['null', 'true', '-1', '0.5', '1e300', '1e999', '-1e999', '9007199254740993', '-0', '""', '[]', '{}', '[[]]'],
  ...['"NaN"', '"Infinity"', '"0x10"', '"1"', '"../../x"', '"/etc/passwd"', '"a\\u0000b"', '"\\ud800"', '[null]'],
  ...['__proto__', 'constructor', 'prototype', 'toString'].map((name) => `{"${name}":{"polluted":true}}`),
  '{"toString":1,"valueOf":1}',
  '{"length":1e9}',
  deep(20),
  deep(50_000),
];

/** The manifest's own fields of what was read: a reader that drops or makes up anything shows. */
function own(input: Manifest): unknown {
  const values = (list: Manifest['inputs']) =>
    list.map(({ name, type, dims, shapeTensor }) => ({ name, type, dims, shapeTensor }));
  const { model, options, runtime, targets, platform, plan } = input;
  return {
    schema: input.schema,
    enginery: input.enginery,
    created: input.created,
    model: { name: model.name, path: model.path, sha256: model.sha256, bytes: model.bytes },
    inputs: values(input.inputs),
    outputs: values(input.outputs),
    profiles: input.profiles,
    options: { given: options.given, resolved: options.resolved },
    runtime: { product: runtime.product, version: runtime.version, family: runtime.family },
    targets: { architectures: targets.architectures, andLater: targets.andLater },
    platform: { os: platform.os, arch: platform.arch },
    plan: { bytes: plan.bytes, sha256: plan.sha256 },
    seconds: input.seconds,
    warnings: input.warnings,
  };
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What code that uses a manifest relies on. */
function wrongWith(manifest: Manifest): string[] {
  const { model, inputs, outputs, profiles, options, runtime, targets, platform, plan, warnings } = manifest;
  const values = [inputs, outputs].flat();
  const facts = {
    'text is text': [
      ...[manifest.enginery, manifest.created, runtime.product, runtime.version, runtime.family],
      ...[platform.os, platform.arch, ...targets.architectures, ...warnings, ...values.map(({ name }) => name)],
    ].every((text) => typeof text === 'string'),
    'sizes are counts': isCount(model.bytes) && isCount(plan.bytes),
    'digests are digests': [model, plan].every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)),
    'a name is no path': model.name === null || (model.name !== '' && !/[/\0]/.test(model.name)),
    'a path is relative': model.path === null || !(isAbsolute(model.path) || model.path.includes('\0')),
    'lists are lists': [inputs, outputs, profiles, targets.architectures, warnings].every(Array.isArray),
    'objects are objects': [options.given, options.resolved, ...profiles].every(isObject),
    'seconds are finite': Number.isFinite(manifest.seconds) && manifest.seconds >= 0,
    'JSON can hold it': JSON.stringify(JSON.parse(JSON.stringify(manifest))) === JSON.stringify(own(manifest)),
  };
  return Object.entries(facts).flatMap(([fact, holds]) => (holds ? [] : [fact]));
}

/** Reads, and judges what comes of it: an error of ours, or a right manifest that says what the text says. */
async function read(text: string): Promise<'refused' | 'read'> {
  const outcome = await parseManifest(text, 'x.json').catch((error: unknown) => error);
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(UNTOUCHED);
  if (outcome instanceof Error) {
    expect(outcome).toBeInstanceOf(EngineryError);
    expect(outcome).toMatchObject(INVALID);
    return 'refused';
  }
  expect(wrongWith(outcome as Manifest)).toEqual([]);
  expect(JSON.stringify(outcome)).toBe(JSON.stringify(own(JSON.parse(text))));
  return 'read';
}

test('a manifest with anything wrong anywhere is refused, or is right', async () => {
  for (const way of ways(MANIFEST)) for (const text of NASTY) await read(replaced(MANIFEST, way, text));
});

test('so is one with any JSON in any place', async () => {
  const place = fc.constantFrom(...ways(MANIFEST));
  const text = fc.oneof(
    fc.json({ maxDepth: 4 }),
    fc.string().map((it) => JSON.stringify(it)),
    fc.double().map(String),
  );
  await fc.assert(
    fc.asyncProperty(place, text, async (way, json) => {
      await read(replaced(MANIFEST, way, json));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('an input may have any name', async () => {
  for (const name of ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', '', 'a/b']) {
    const entry = `{${JSON.stringify(name)}:{"min":[1],"opt":[2],"max":[3]}}`;
    expect(await read(replaced(MANIFEST, ['profiles', 0], entry)), name).toBe('read');
  }
});

test('every beginning of a manifest is refused', async () => {
  const text = JSON.stringify(MANIFEST);
  for (let length = 0; length < text.length; length++) {
    await expect(parseManifest(text.slice(0, length), 'x.json'), String(length)).rejects.toMatchObject(INVALID);
  }
});

test.each([
  ['ff', 'a byte that UTF-8 has not'],
  ['80', 'a continuation of nothing'],
  ['c0af', 'an overlong slash'],
  ['eda080', 'half a surrogate pair'],
  ['f4908080', 'a character beyond the last'],
])('%s, %s, is no UTF-8', async (hex) => {
  const path = join(await temporaryFolder(), 'x.engine.json');
  const [before = '', after = ''] = JSON.stringify(MANIFEST).split('the gap');
  await writeFile(path, Buffer.concat([Buffer.from(before), Buffer.from(hex, 'hex'), Buffer.from(after)]));
  await expect(readManifest(path)).rejects.toMatchObject({ ...INVALID, message: expect.stringContaining('UTF-8') });
});

test('a file larger than any manifest is not read', async () => {
  const path = join(await temporaryFolder(), 'x.engine.json');
  await writeFile(path, '');
  await truncate(path, 2 ** 33); // sparse
  await expect(readManifest(path)).rejects.toMatchObject({ ...INVALID, message: expect.stringContaining('larger') });
});

test('what is no file is not waited for', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'fifo.json');
  await promisify(execFile)('mkfifo', [path]);
  for (const it of [path, folder]) {
    await expect(readManifest(it)).rejects.toMatchObject({ code: 'ENGINERY_FILE_UNREADABLE' });
  }
});

test('an engine with a hostile manifest is refused, or shown as it is', async () => {
  const engine = join(await temporaryFolder(), 'x.engine');
  const content = planOf('vtrt');
  await writeFile(engine, content);
  const plan = { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
  for (const way of ways(MANIFEST).filter((_, i) => i % 7 === 0)) {
    for (const text of NASTY.slice(-8)) {
      await writeFile(`${engine}.json`, replaced({ ...MANIFEST, plan }, way, text));
      const outcome = await inspectFile(engine).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject(INVALID);
      else expect(JSON.parse(JSON.stringify(outcome))).toMatchObject({ kind: 'engine', sha256: plan.sha256 });
    }
  }
});

test('the cache is listed with hostile manifests in it', async () => {
  const folder = await temporaryFolder();
  const texts = [...NASTY, '{"model":{"name":{"toString":1}},"runtime":{}}', '{"runtime":"x"}'];
  for (const [index, text] of texts.entries()) {
    const entry = join(folder, createHash('sha256').update(String(index)).digest('hex'));
    await mkdir(entry);
    await writeFile(join(entry, 'x.engine'), '');
    await writeFile(join(entry, 'x.engine.json'), text);
  }
  const entries = await listEntries(folder);
  expect(entries).toHaveLength(texts.length);
  for (const { model, library } of entries) expect({ model, library }).toEqual({ model: null, library: null });
});
