import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestFile, warmDigest } from '../../../dist/onnx/digest.js';
import { digestModel } from '../../../dist/onnx/digest-model.js';
import { graph, model, tensor, value } from '../../support/onnx-writer.js';

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enginery-digest-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function bigFile(bytes: number): Promise<string> {
  const path = join(folder, 'big.bin');
  await writeFile(path, '');
  await truncate(path, bytes);
  return path;
}

const plain = model(graph({ outputs: [value('y', 'float32', [4])] }));

describe('digestModel', () => {
  it('is the SHA-256 of a model in one file', async () => {
    const path = join(folder, 'plain.onnx');
    await writeFile(path, plain);
    const expected = { sha256: sha256(plain), bytes: plain.length, files: [] };
    expect(await digestModel(path)).toEqual(expected);
    expect(await digestModel(plain)).toEqual(expected);
  });

  it('reads bytes of several pieces, whatever buffer they lie in', async () => {
    const data = Buffer.alloc(2_500_000, 'data');
    const weights = tensor({ name: 'w', type: 'uint8', dims: [data.length], data });
    const large = model(graph({ initializers: [weights], outputs: [value('w', 'uint8', [data.length])] }));
    const within = Buffer.concat([Buffer.alloc(3), large]).subarray(3);
    expect(await digestModel(within)).toEqual({ sha256: sha256(large), bytes: large.length, files: [] });
  });

  it('covers external data as the listing that sha256sum prints', async () => {
    const location = (name: string) =>
      tensor({ name, type: 'uint8', dims: [3], external: { location: `${name}.bin` } });
    const content = model(graph({ initializers: [location('b'), location('a')], outputs: [value('a', 'uint8', [3])] }));
    const path = join(folder, 'external.onnx');
    await writeFile(path, content);
    await writeFile(join(folder, 'a.bin'), 'aaa');
    await writeFile(join(folder, 'b.bin'), 'bbb');
    const listing = `${sha256(content)}  -\n${sha256('aaa')}  a.bin\n${sha256('bbb')}  b.bin\n`;
    expect(await digestModel(path)).toEqual({
      sha256: sha256(listing),
      bytes: content.length + 6,
      files: [
        { location: 'a.bin', sha256: sha256('aaa'), bytes: 3 },
        { location: 'b.bin', sha256: sha256('bbb'), bytes: 3 },
      ],
    });
    await writeFile(join(folder, 'b.bin'), 'bbc');
    expect((await digestModel(path)).sha256).not.toBe(sha256(listing));
  });

  it('leaves the caller its bytes', async () => {
    const copy = Buffer.from(plain);
    await digestModel(copy);
    expect(copy.equals(plain)).toBe(true);
  });
});

describe('digestFile', () => {
  it('does not keep a process alive once started', async () => {
    const module = new URL('../../../dist/onnx/digest.js', import.meta.url).href;
    const script = `const { warmDigest } = await import('${module}'); warmDigest();`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 10_000 });
  });

  it('takes an empty file, and several at once', async () => {
    warmDigest();
    const paths = ['', 'one', 'two'].map((text) => join(folder, `file-${text}`));
    await Promise.all(paths.map((path) => writeFile(path, path)));
    await writeFile(paths[0] as string, '');
    const digests = await Promise.all(paths.map((path) => digestFile(path)));
    expect(digests.map((digest) => digest.sha256)).toEqual(['', ...paths.slice(1)].map(sha256));
  });

  it('says what is wrong with a file', async () => {
    const absent = join(folder, 'absent');
    await expect(digestFile(absent)).rejects.toMatchObject({
      code: 'ENGINERY_FILE_NOT_FOUND',
      message: `${absent} does not exist`,
    });
    await expect(digestFile(folder)).rejects.toMatchObject({ code: 'ENGINERY_FILE_UNREADABLE' });
  });

  it('stops when it is told to, and goes on with other files', async () => {
    const path = await bigFile(16 * 1024 ** 3); // many seconds of work
    const abort = new AbortController();
    const start = performance.now();
    const stopped = digestFile(path, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    await digestFile(join(folder, 'file-one'));
    expect(performance.now() - start).toBeLessThan(4000);
    await expect(digestFile(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('leaves the event loop free', async () => {
    const path = await bigFile(200 * 1024 ** 2);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const { bytes } = await digestFile(path);
    delay.disable();
    expect(bytes).toBe(200 * 1024 ** 2);
    expect(delay.percentile(50) / 1e6).toBeLessThan(10);
  });
});
