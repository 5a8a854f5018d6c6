import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectFile } from '../../../dist/engine/inspect-file.js';
import { bigExternal, int8Qdq, multiInput } from '../../support/models.js';
import { planOf } from '../../support/plans.js';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enginery-inspect-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function inspect(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const run = promisify(execFile)(process.execPath, [MAIN, 'inspect', ...words]);
  return run.then(
    (out) => ({ code: 0, ...out }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('inspect', () => {
  it('tells a model from an engine by its first bytes', async () => {
    expect(await inspectFile(await fileOf('a.bin', multiInput()))).toMatchObject({ kind: 'model', nodes: 2 });
    expect(await inspectFile(await fileOf('b.bin', planOf('vtrt')))).toMatchObject({
      kind: 'engine',
      version: '1.7.1.116',
    });
  });

  it('judges a broken engine file as an engine', async () => {
    const path = await fileOf('broken.engine', 'nonsense');
    await expect(inspectFile(path)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_PLAN' });
  });

  it('gives an engine without a manifest, and refuses the manifest of another', async () => {
    const path = await fileOf('c.engine', planOf('vtrt'));
    const sha256 = createHash('sha256').update(planOf('vtrt')).digest('hex');
    expect(await inspectFile(path)).toEqual({
      kind: 'engine',
      path,
      product: 'tensorrt-rtx',
      serializationVersion: 0,
      version: '1.7.1.116',
      bytes: 64,
      sha256,
      manifest: null,
    });
    await writeFile(`${path}.json`, '{"schema": 99}');
    await expect(inspectFile(path)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_MANIFEST' });
  });
});

describe('enginery inspect', () => {
  it('shows a model to people', async () => {
    const { code, stdout, stderr } = await inspect(await fileOf('model.onnx', int8Qdq()));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^inputs +x: float32 \[batch, 1, 8, 8\]$/m);
    expect(stdout).toMatch(/^types +float32, int8$/m);
    expect(stdout).toMatch(/^ +2 DequantizeLinear$/m);
  });

  it('shows 2.5 GB of external data, and all of it as JSON', async () => {
    const path = await bigExternal(folder);
    expect((await inspect(path)).stdout).toMatch(/^external data +weights\.bin \(2\.5 GiB\)$/m);
    expect(JSON.parse((await inspect(path, '--json')).stdout)).toMatchObject({
      kind: 'model',
      path,
      weightBytes: 2.5 * 1024 ** 3,
      operators: { Gather: 1 },
    });
  });

  it('names what it cannot read', async () => {
    const text = await inspect(await fileOf('text.onnx', 'hello, world'));
    expect(text.code).toBe(1);
    expect(text.stderr).toMatch(/text\.onnx does not look like an ONNX model \(it starts with 'hello, world'\)/);
    expect((await inspect(folder)).stderr).toMatch(/is a folder, neither a model nor an engine/);
    const absent = await inspect(join(folder, 'absent.onnx'), '--json');
    expect(JSON.parse(absent.stdout)).toMatchObject({ error: { code: 'ENGINERY_FILE_NOT_FOUND' } });
  });
});
