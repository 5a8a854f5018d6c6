// @module-tag engine-cache
/** The engine cache with the real TensorRT-RTX library. */
import { truncateSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { type BuildProgress, type BuildResult, buildEngine } from '../../dist/index.js';
import { takeLock } from '../../dist/native/file-lock.js';
import { command, output, ROOT } from '../support/commands.js';
import { temporaryFolder } from '../support/temporary.js';
import { tensorrtRtx } from '../support/tensorrt-rtx.js';

const MAIN = join(ROOT, 'dist/cli/main.js');
const BUILDER = join(ROOT, 'test/support/cache-builder.mjs');
const DIGITS = join(ROOT, 'examples/digits/digits.onnx');

let cacheFolder: string;
let model: string;

beforeEach(async (context) => {
  await tensorrtRtx(context);
  const folder = await temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'xdg'));
  cacheFolder = join(folder, 'engines');
  model = join(folder, 'digits.onnx');
  await copyFile(DIGITS, model);
  await sleep(60); // memos want a file that has settled
});

const keysOf = (...results: BuildResult[]): string[] => results.map(({ path }) => dirname(path));

test('an engine is built once and found again, by another spelling of the same options too', async () => {
  const built = await buildEngine(model, { cacheFolder, memory: { workspace: '1GiB' }, tf32: false });
  expect(built).toMatchObject({ cached: false, path: expect.stringMatching(/\/[0-9a-f]{64}\/digits\.engine$/) });
  const progress: BuildProgress[] = [];
  const same = { cacheFolder, tf32: false, memory: { workspace: 2 ** 30 } };
  for (let i = 0; i < 3; i++) {
    const found = await buildEngine(model, { ...same, onProgress: (event) => progress.push(event) });
    expect(found).toMatchObject({ cached: true, path: built.path, sha256: built.sha256 });
    expect(found.manifest).toEqual(built.manifest);
  }
  expect(progress.at(-1)?.fraction).toBe(1);
  const others = await Promise.all([
    buildEngine(model, { cacheFolder }),
    buildEngine(model, { cacheFolder, tf32: true }),
    buildEngine(model, { cacheFolder, targets: ['sm89'] }),
  ]);
  expect(others.map(({ cached }) => cached)).toEqual([false, false, false]);
  expect(new Set(keysOf(built, ...others)).size).toBe(4);
});

test('another model has another engine, also under the same name and size', async () => {
  const first = await buildEngine(model, { cacheFolder });
  const bytes = await readFile(model);
  bytes[bytes.indexOf('pytorch')] = 'q'.charCodeAt(0);
  await writeFile(model, bytes);
  const second = await buildEngine(model, { cacheFolder });
  expect(second.cached).toBe(false);
  await copyFile(DIGITS, model);
  expect(await buildEngine(model, { cacheFolder })).toMatchObject({ cached: true, path: first.path });
});

test('bytes find the engine of the file', async () => {
  const first = await buildEngine(model, { cacheFolder });
  expect(await buildEngine(await readFile(model), { cacheFolder })).toMatchObject({ cached: true, path: first.path });
});

test.each<[string, (engine: string) => Promise<unknown>]>([
  [
    'a changed byte',
    async (engine) => writeFile(engine, Buffer.concat([Buffer.from('x'), await readFile(engine)]).subarray(0, -1)),
  ],
  ['a cut engine', (engine) => truncate(engine, 1000)],
  ['an empty engine', (engine) => truncate(engine, 0)],
  ['no engine', (engine) => rm(engine)],
  ['no manifest', (engine) => rm(`${engine}.json`)],
  ['a manifest that is none', (engine) => writeFile(`${engine}.json`, '{"schema":1}')],
  ['a manifest that is cut', (engine) => truncate(`${engine}.json`, 100)],
  ['an engine that is a folder', async (engine) => rm(engine).then(() => mkdir(engine))],
])('an entry with %s is rebuilt', async (_, damage) => {
  const { path, sha256 } = await buildEngine(model, { cacheFolder });
  await buildEngine(model, { cacheFolder });
  await damage(path);
  expect(await buildEngine(model, { cacheFolder })).toMatchObject({ cached: false, path, sha256 });
  expect(await buildEngine(model, { cacheFolder })).toMatchObject({ cached: true, path, sha256 });
  expect((await readdir(cacheFolder)).length).toBe(1);
});

test('eight processes that ask at once build once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => JSON.parse(await output(process.execPath, [BUILDER, model, cacheFolder]))),
  );
  expect(answers.filter(({ cached }) => !cached)).toHaveLength(1);
  expect(new Set(answers.map(({ path }) => path)).size).toBe(1);
  expect((await readdir(cacheFolder)).length).toBe(1);
});

test('who waits for another build says so, and can give up', async () => {
  const { path } = await buildEngine(model, { cacheFolder });
  await rm(dirname(path), { recursive: true });
  const lock = await takeLock(`${dirname(path)}.lock`);
  const controller = new AbortController();
  const waiting = buildEngine(model, {
    cacheFolder,
    signal: controller.signal,
    onProgress: ({ phase }) => phase.startsWith('Waiting for another') && controller.abort(),
  });
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  lock.release();
  expect(await buildEngine(model, { cacheFolder })).toMatchObject({ cached: false });
});

test('a build that is aborted leaves no entry', async () => {
  const controller = new AbortController();
  const building = buildEngine(model, {
    cacheFolder,
    signal: controller.signal,
    onProgress: ({ phase }) => phase !== 'Reading the model' && controller.abort(),
  });
  await expect(building).rejects.toMatchObject({ name: 'AbortError' });
  const left = await readdir(cacheFolder).catch(() => []);
  expect(left.filter((name) => /^[0-9a-f]{64}$/.test(name))).toEqual([]);
  expect(await buildEngine(model, { cacheFolder })).toMatchObject({ cached: false });
});

test('a model that is written to during the build gives no entry', async () => {
  const building = buildEngine(model, {
    cacheFolder,
    onProgress: ({ phase }) => phase === 'Writing the engine' && truncateSync(model, 5),
  });
  await expect(building).rejects.toMatchObject({ code: 'ENGINERY_FILE_UNREADABLE' });
  expect((await readdir(cacheFolder)).filter((name) => /^[0-9a-f]{64}$/.test(name))).toEqual([]);
});

test('the limit keeps what was used last', async () => {
  const first = await buildEngine(model, { cacheFolder });
  const { size } = await stat(first.path);
  vi.stubEnv('ENGINERY_CACHE_LIMIT', String(Math.round(2.5 * size)));
  const second = await buildEngine(model, { cacheFolder, tf32: false });
  await sleep(20);
  await buildEngine(model, { cacheFolder }); // used again: the second is the older one now
  const third = await buildEngine(model, { cacheFolder, optimizationLevel: 1 });
  const left = (await readdir(cacheFolder)).map((name) => join(cacheFolder, name)).sort();
  expect(left).toEqual(keysOf(first, third).sort());
  expect(await buildEngine(model, { cacheFolder, tf32: false })).toMatchObject({ cached: false, path: second.path });
});

test('a folder that cannot be written to is named', async () => {
  await expect(buildEngine(model, { cacheFolder: join(model, 'engines') })).rejects.toMatchObject({
    code: 'ENGINERY_OUTPUT_UNWRITABLE',
    hint: expect.stringContaining('ENGINERY_CACHE_FOLDER'),
  });
});

test('the command builds into the cache, lists it and empties it', async () => {
  const env = { ...process.env, ENGINERY_CACHE_FOLDER: cacheFolder };
  const run = async (...args: string[]) => output(process.execPath, [MAIN, ...args], { env });
  expect(await run('build', model)).toMatch(/digits\.engine {2}400\.6 KiB {2}built in/);
  expect(await run('build', model)).toMatch(/digits\.engine {2}400\.6 KiB {2}from the cache, built/);
  expect((await run('cache', 'path')).trim()).toBe(cacheFolder);
  expect(await run('cache', 'ls')).toMatch(/^[0-9a-f]{12} .* digits\.onnx, tensorrt-rtx 1\..*\n1 engine, /);
  expect(JSON.parse(await run('cache', 'ls', '--json'))).toMatchObject({ entries: [{ model: 'digits.onnx' }] });
  await mkdir(`${cacheFolder}/${'0'.repeat(64)}.building`);
  expect(await run('cache', 'prune')).toContain('removed 0 engines');
  expect(await readdir(cacheFolder)).toHaveLength(1);
  expect(await run('cache', 'clear')).toContain('removed 1 engine,');
  expect(await readdir(cacheFolder).catch(() => [])).toEqual([]);
  const wrong = await command(process.execPath, [MAIN, 'cache', 'prune', '--limit', 'much'], { env });
  expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining('--limit') });
});
