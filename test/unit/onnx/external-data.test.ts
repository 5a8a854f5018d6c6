import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineryError } from '../../../dist/errors.js';
import { readModelInfo } from '../../../dist/onnx/model-info.js';
import { graph, model, node, tensor, value } from '../../support/onnx-writer.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enginery-external-'));
  await mkdir(join(folder, 'model'));
  path = join(folder, 'model', 'model.onnx');
});
afterEach(() => rm(folder, { recursive: true }));

type Entries = Readonly<Record<string, string | number>>;

/** Two tensors of 16 bytes: an initializer, and one in a Constant node. */
function content(first: Entries, second: Entries = first): Buffer {
  const constant = tensor({ name: 'k', type: 'float32', dims: [4], external: second });
  return model(
    graph({
      nodes: [node('Constant', [], ['k'], { value: { tensor: constant } }), node('Mul', ['w', 'k'], ['y'])],
      initializers: [tensor({ name: 'w', type: 'float32', dims: [4], external: first })],
      outputs: [value('y', 'float32', [4])],
    }),
  );
}

async function failure(): Promise<EngineryError> {
  const error = await readModelInfo(path).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EngineryError);
  return error as EngineryError;
}

describe('external data', () => {
  it('is found, counted and sized', async () => {
    await mkdir(join(folder, 'model', 'sub'));
    await writeFile(path, content({ location: 'sub/b.bin', offset: 4096, length: 16 }, { location: 'a.bin' }));
    await writeFile(join(folder, 'model', 'sub', 'b.bin'), Buffer.alloc(4112));
    await writeFile(join(folder, 'model', 'a.bin'), Buffer.alloc(16));
    const info = await readModelInfo(path);
    expect(info.weightBytes).toBe(32);
    expect(info.externalFiles).toEqual([
      { location: 'a.bin', path: join(folder, 'model', 'a.bin'), bytes: 16 },
      { location: 'sub/b.bin', path: join(folder, 'model', 'sub', 'b.bin'), bytes: 4112 },
    ]);
  });

  it.each([
    ['/etc/passwd', 'is not a path relative to the folder of the model'],
    ['C:\\weights.bin', 'is not a path relative to the folder of the model'],
    ['\\\\server\\weights.bin', 'is not a path relative to the folder of the model'],
    ['a\0b', 'is not a path relative to the folder of the model'],
    ['../outside.bin', 'leaves the folder of the model'],
    ['sub/../../outside.bin', 'leaves the folder of the model'],
    ['..', 'leaves the folder of the model'],
    ['.', 'leaves the folder of the model'],
  ])('in %j is refused', async (location, message) => {
    await writeFile(join(folder, 'outside.bin'), Buffer.alloc(16));
    await writeFile(path, content({ location }));
    const error = await failure();
    expect(error.code).toBe('ENGINERY_EXTERNAL_DATA');
    expect(error.message).toBe(`${path} keeps tensor 'k' in '${location}', which ${message}`);
  });

  it('behind a link that leaves the folder is refused', async () => {
    await writeFile(join(folder, 'outside.bin'), Buffer.alloc(16));
    await symlink('../outside.bin', join(folder, 'model', 'link.bin'));
    await writeFile(path, content({ location: 'link.bin' }));
    expect(await failure()).toMatchObject({
      code: 'ENGINERY_EXTERNAL_DATA',
      message: expect.stringContaining('is a link that leaves the folder of the model'),
    });
  });

  it('behind a link is taken where the model itself is a link to the same place', async () => {
    await mkdir(join(folder, 'blobs'));
    await writeFile(join(folder, 'blobs', '11'), content({ location: 'weights.bin' }));
    await writeFile(join(folder, 'blobs', '22'), Buffer.alloc(16));
    await symlink('../blobs/11', path);
    await symlink('../blobs/22', join(folder, 'model', 'weights.bin'));
    expect((await readModelInfo(path)).externalFiles).toMatchObject([{ location: 'weights.bin', bytes: 16 }]);
  });

  it('that is missing is named with its tensor', async () => {
    await writeFile(path, content({ location: 'absent.bin' }));
    expect(await failure()).toMatchObject({
      code: 'ENGINERY_EXTERNAL_DATA',
      message: `${path} keeps tensor 'k' in ${join(folder, 'model', 'absent.bin')}, which does not exist`,
    });
  });

  it('that is a folder is refused', async () => {
    await mkdir(join(folder, 'model', 'a.bin'));
    await writeFile(path, content({ location: 'a.bin' }));
    expect((await failure()).message).toMatch(/a\.bin, which is no regular file/);
  });

  it('that is too short is told with both sizes', async () => {
    const file = join(folder, 'model', 'a.bin');
    await writeFile(file, Buffer.alloc(31));
    await writeFile(path, content({ location: 'a.bin', offset: 16, length: 16 }, { location: 'a.bin', length: 16 }));
    expect(await failure()).toMatchObject({
      code: 'ENGINERY_EXTERNAL_DATA',
      message: `${file} has 31 bytes; tensor 'w' of ${path} needs 32`,
    });
  });

  it.each([
    [{ location: 'a.bin', length: 12 }, /gives tensor 'k' 12 bytes of a\.bin; its type and shape need 16/],
    [{ location: 'a.bin', offset: -1 }, /an impossible offset in another file: '-1'/],
    [{ location: 'a.bin', length: '1e99' }, /an impossible length in another file: '1e99'/],
    [{ location: 'a.bin', offset: '9'.repeat(30) }, /an impossible offset/],
    [{ offset: 0 }, /does not say in which file tensor 'k' lies/],
  ])('described as %j is refused', async (entries, message) => {
    await writeFile(join(folder, 'model', 'a.bin'), Buffer.alloc(64));
    await writeFile(path, content(entries));
    expect(await failure()).toMatchObject({
      code: 'ENGINERY_EXTERNAL_DATA',
      message: expect.stringMatching(message),
    });
  });

  it('of a model that comes as bytes is an error that asks for the path', async () => {
    const error = await readModelInfo(content({ location: 'a.bin' })).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ENGINERY_EXTERNAL_DATA', hint: expect.stringContaining('Pass the path') });
  });

  it('of more than 2 GB costs no more than its names', async () => {
    const elements = 640 * 1024 * 1024;
    const external = { location: 'weights.bin', offset: 4096, length: elements * 4 };
    const huge = tensor({ name: 'w', type: 'float32', dims: [elements], external });
    await writeFile(path, model(graph({ initializers: [huge], outputs: [value('w', 'float32', [elements])] })));
    const file = join(folder, 'model', 'weights.bin');
    await writeFile(file, '');
    await truncate(file, 4096 + elements * 4);
    const before = process.memoryUsage.rss();
    const info = await readModelInfo(path);
    expect(info).toMatchObject({ parameters: elements, weightBytes: elements * 4 });
    expect(info.externalFiles).toMatchObject([{ location: 'weights.bin', bytes: 4096 + elements * 4 }]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(50e6);
  });
});
