import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineryError } from '../../../dist/errors.js';
import { readModelInfo } from '../../../dist/onnx/model-info.js';
import { bytes, float, graph, int, model, node, tensor, value, varint } from '../../support/onnx-writer.js';

const weights = tensor({ name: 'w', type: 'float32', dims: [2, 2], data: Buffer.alloc(16, 1) });
const parts = {
  nodes: [node('MatMul', ['x', 'w'], ['y'], { note: 'text', axes: [1, 2], alpha: { float: 1 } })],
  initializers: [weights],
  inputs: [value('x', 'float32', ['batch', 2])],
  outputs: [value('y', 'float32', ['batch', 2])],
};
const good = model(graph(parts));

function withTensor(content: Buffer): Buffer {
  return model(graph({ ...parts, initializers: [content] }));
}

async function failure(broken: string | Uint8Array): Promise<EngineryError> {
  const error = await readModelInfo(broken).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineryError);
  return error as EngineryError;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'enginery-broken-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'model.onnx');
  await writeFile(path, content);
  return path;
}

describe('a file that is no model', () => {
  it('does not exist', async () => {
    const path = join(folder, 'absent.onnx');
    expect(await failure(path)).toMatchObject({ code: 'ENGINERY_FILE_NOT_FOUND', message: `${path} does not exist` });
    expect((await failure(join(await fileOf(''), 'below.onnx'))).code).toBe('ENGINERY_FILE_NOT_FOUND');
  });

  it('is empty', async () => {
    const path = await fileOf('');
    expect(await failure(path)).toMatchObject({ code: 'ENGINERY_INVALID_MODEL', message: `${path} is empty` });
    expect((await failure(new Uint8Array())).message).toBe('The model is empty');
  });

  it('is a folder', async () => {
    const path = join(folder, 'folder.onnx');
    await mkdir(path);
    expect(await failure(path)).toMatchObject({
      code: 'ENGINERY_INVALID_MODEL',
      message: `${path} is a folder, not an ONNX file`,
    });
  });

  it('is a FIFO that nobody writes to', async () => {
    const path = join(folder, 'fifo.onnx');
    await promisify(execFile)('mkfifo', [path]);
    expect((await failure(path)).message).toBe(`${path} is no regular file, not an ONNX file`);
  });

  it.each([
    ['<html><body>404 Not Found', "does not look like an ONNX model (it starts with '<html><body>404 ')"],
    ['{"not": "a model"}', `does not look like an ONNX model (it starts with '{"not": "a model')`],
    ['\n\n', "does not look like an ONNX model (it starts with '')"],
    ['\x89PNG\r\n\x1a\n', 'does not look like an ONNX model (it starts with c2 89 50 4e 47 0d 0a 1a)'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:4d7a', 'is a Git LFS pointer, not the model itself'],
    ['PK\x03\x04....', 'is a zip archive, not an ONNX model'],
    ['vtrt....', 'is a TensorRT plan, not an ONNX model'],
    ['\x18\0\0\0ORTM', "is in ONNX Runtime's own format, not ONNX"],
  ])('starts with %j', async (content, message) => {
    const path = await fileOf(content);
    expect(await failure(path)).toMatchObject({ code: 'ENGINERY_INVALID_MODEL', message: `${path} ${message}` });
  });

  it('is an argument of another type', async () => {
    expect((await failure(42 as unknown as string)).code).toBe('ENGINERY_INVALID_ARGUMENT');
  });
});

describe('a damaged model', () => {
  it('is an error at every length that it can be cut to', async () => {
    for (let length = 1; length < good.length; length++) {
      const error = await failure(good.subarray(0, length));
      expect(error.code).toBe('ENGINERY_INVALID_MODEL');
      expect(error.message).toMatch(/cut short|does not look like/);
    }
  });

  it('says where it was cut', async () => {
    const path = await fileOf(good.subarray(0, 100));
    const { message, details, hint } = await failure(path);
    expect(message).toMatch(/ends in the middle of ModelProto\.graph \(\d+ bytes from byte \d+ on, of 100 in all\)/);
    expect(details).toMatchObject({ path, offset: expect.any(Number) });
    expect(hint).toBeDefined();
  });

  const start = Buffer.concat([int(1, 8), bytes(8, int(2, 17))]);
  const nested = (depth: number): Buffer => {
    let inner = graph({});
    for (let i = 0; i < depth; i++)
      inner = graph({ nodes: [node('If', ['c'], ['y'], { then_branch: { graph: inner } })] });
    return model(inner);
  };

  it.each([
    ['a wrong wire type', Buffer.concat([start, float(1, 8)]), /ModelProto\.ir_version has wire type 5/],
    ['a number for a message', Buffer.concat([start, int(7, 1)]), /ModelProto\.graph is a number/],
    ['a group', Buffer.concat([start, varint(9 * 8 + 3)]), /ModelProto\.field 9 has wire type 3/],
    ['field 0', Buffer.concat([start, int(0, 1)]), /field number out of range/],
    [
      'a varint of eleven bytes',
      Buffer.concat([start, Buffer.alloc(10, 0x88), Buffer.from([1])]),
      /more than ten bytes/,
    ],
    ['a length beyond its message', model(bytes(5, Buffer.from([0x4a, 0x7f]))), /TensorProto\.raw_data has 127 bytes/],
    ['a length of 2^63', Buffer.concat([start, varint(7 * 8 + 2), varint(2n ** 63n)]), /ModelProto\.graph/],
    ['messages nested without end', nested(40), /nested more than 100 deep/],
    ['a name of 100 KB', model(graph({ name: 'n'.repeat(100_000) })), /GraphProto\.name is 100000 bytes long/],
    ['no graph', start, /has no graph/],
    ['no operator set', Buffer.concat([int(1, 8), bytes(7, graph(parts))]), /does not say which operator sets/],
    [
      'a negative dim',
      withTensor(tensor({ name: 'w', type: 'float32', dims: [2, -2] })),
      /negative dimension in tensor 'w'/,
    ],
    [
      'an absurd dim',
      withTensor(tensor({ name: 'w', type: 'int4', dims: [2 ** 30, 2 ** 30] })),
      /absurd dimensions in tensor 'w'/,
    ],
    [
      '300 dims',
      withTensor(tensor({ type: 'int8', dims: Array(300).fill(1) })),
      /a tensor with no name has over 255 dimensions/,
    ],
    [
      'less data than the shape needs',
      withTensor(tensor({ name: 'w', type: 'float32', dims: [2, 2], data: Buffer.alloc(12) })),
      /has 12 bytes of values for tensor 'w': float32 \[2, 2\] needs 16/,
    ],
  ])('%s', async (_what, content, message) => {
    const error = await failure(content);
    expect(error).toMatchObject({ code: 'ENGINERY_INVALID_MODEL', message: expect.stringMatching(message) });
    const path = await fileOf(content);
    expect((await failure(path)).message).toBe(error.message.replace('The model', path));
  });

  it('with 30 nested subgraphs is still read', async () => {
    expect((await readModelInfo(nested(30))).nodes).toBe(30);
  });

  it('is read or refused with our error, whatever bytes are changed', async () => {
    const edit = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async (edits) => {
        const content = Buffer.from(good);
        for (const { at, byte } of edits) content[at] = byte;
        await readModelInfo(content).catch((error: unknown) => {
          if (!(error instanceof EngineryError)) throw error;
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('is refused with our error where it is noise', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (content) => {
        const error = await failure(content);
        expect(['ENGINERY_INVALID_MODEL', 'ENGINERY_EXTERNAL_DATA']).toContain(error.code);
      }),
      { numRuns: 300 },
    );
  });
});
