/** The façade: what it offers, and that importing it costs next to nothing. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import * as enginery from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { isolatedHome } from '../support/temporary.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');

test('offers what the command line does', () => {
  const functions = Object.entries(enginery).filter(([, value]) => typeof value === 'function');
  expect(functions.map(([name]) => name).sort()).toEqual([
    'EngineryError',
    'Tensor',
    'analyzeModel',
    'attachSession',
    'benchSession',
    'buildEngine',
    'compareSessions',
    'createSession',
    'decodeElements',
    'diagnose',
    'digestModel',
    'encodeElements',
    'formatNpy',
    'inspectFile',
    'listObtained',
    'parseNpy',
    'profileLayers',
    'readManifest',
    'readModelInfo',
    'removeObtained',
    'setBuildConcurrency',
    'setupLibrary',
    'typesOf',
  ]);
});

test('each call does its work when it is first called', async () => {
  await isolatedHome();
  const info = await enginery.readModelInfo(DIGITS);
  expect(info.inputs).toEqual([{ name: 'image', kind: 'tensor', type: 'float32', dims: ['batch', 1, 28, 28] }]);
  expect(await enginery.inspectFile(DIGITS)).toEqual({ kind: 'model', path: DIGITS, ...info });
  expect(await enginery.analyzeModel(DIGITS)).toMatchObject({ macs: 3_038_784, findings: [] });
  expect(await enginery.digestModel(DIGITS)).toMatchObject({ bytes: info.bytes, files: [] });
  expect(await enginery.diagnose()).toMatchObject({ node: process.versions.node, auto: { name: 'onnxruntime' } });
  expect(await enginery.listObtained()).toEqual([]);
  expect(await enginery.removeObtained('onnxruntime')).toEqual([]);
  await expect(enginery.setupLibrary('cuda' as never)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_ARGUMENT' });
});

/** Modules that importing `path` loads at once, those of packages and of Node by name. */
async function loadedWith(path: string, seen: Set<string> = new Set()): Promise<Set<string>> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const source = await readFile(path, 'utf8');
  for (const [, from = ''] of source.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)) {
    if (from.startsWith('.')) await loadedWith(join(dirname(path), from), seen);
    else seen.add(from);
  }
  return seen;
}

test('importing it loads only shells: no readers, no checker, no thread, no addon', async () => {
  const loaded = [...(await loadedWith(join(ROOT, 'dist/index.js')))];
  expect(loaded.length).toBeLessThan(30);
  expect(loaded.filter((name) => /^node:(worker|child|crypto|module)|^valibot|^commander|node-gyp/.test(name))).toEqual(
    [],
  );
  expect(
    loaded.filter((name) => /dist\/(backends|cli|image|native)\/|\/(read-model|digest|setup|doctor)\.js$/.test(name)),
  ).toEqual([]);
});
