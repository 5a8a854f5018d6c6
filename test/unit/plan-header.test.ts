import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPlanHeader } from '../../dist/engine/plan-header.js';
import { EngineryError } from '../../dist/errors.js';

/** The first bytes of a plan, as TensorRT-RTX 1.7.1.116 writes them. */
function plan(tag: string, { version = [1, 7, 1, 116], serialization = 0, declared = 64 } = {}): Buffer {
  const content = Buffer.alloc(64);
  content.write(tag, 0, 'latin1');
  content.writeUInt32LE(serialization, 4);
  content.writeBigUInt64LE(2n, 8);
  content.writeBigUInt64LE(BigInt(declared), 16);
  Buffer.from(version).copy(content, 24);
  return content;
}

async function failure(broken: string | Uint8Array): Promise<EngineryError> {
  const error = await readPlanHeader(broken).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineryError);
  return error as EngineryError;
}

describe('readPlanHeader', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'enginery-plan-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('tells product, version and size', async () => {
    const path = join(folder, 'a.engine');
    await writeFile(path, plan('vtrt'));
    const expected = { product: 'tensorrt-rtx', serializationVersion: 0, version: '1.7.1.116', bytes: 64 };
    expect(await readPlanHeader(path)).toEqual(expected);
    expect(await readPlanHeader(plan('vtrt'))).toEqual(expected);
    const enterprise = plan('ftrt', { version: [10, 16, 1, 11], declared: 0 });
    expect(await readPlanHeader(enterprise)).toMatchObject({ product: 'tensorrt', version: '10.16.1.11' });
  });

  it('refuses every plan cut short', async () => {
    const whole = plan('vtrt');
    for (let length = 0; length < whole.length; length++) {
      const path = join(folder, 'short.engine');
      await writeFile(path, whole.subarray(0, length));
      const error = await failure(path);
      expect(error.code).toBe('ENGINERY_INVALID_PLAN');
      expect(error.message).toContain(path);
      expect((await failure(whole.subarray(0, length))).code).toBe('ENGINERY_INVALID_PLAN');
    }
  });

  it.each([
    ['an ONNX file', Buffer.from([8, 8, 0x12, ...Buffer.alloc(60)]), /does not start with a plan tag/],
    ['another serialization version', plan('vtrt', { serialization: 3 }), /has serialization version 3/],
    ['another size than declared', plan('vtrt', { declared: 63 }), /has 64 bytes where its header says 63/],
    ['zeros', Buffer.alloc(64), /does not start with a plan tag/],
  ])('refuses %s', async (_what, content, message) => {
    expect(await failure(content)).toMatchObject({
      code: 'ENGINERY_INVALID_PLAN',
      message: expect.stringMatching(message),
    });
  });

  it('knows an Ultralytics export', async () => {
    const metadata = Buffer.from('{"task": "detect"}');
    const size = Buffer.alloc(4);
    size.writeUInt32LE(metadata.length);
    expect((await failure(Buffer.concat([size, metadata, plan('ftrt')]))).hint).toContain('Ultralytics');
  });

  it('says what is there instead of a file', async () => {
    expect((await failure(join(folder, 'absent.engine'))).code).toBe('ENGINERY_FILE_NOT_FOUND');
    expect((await failure(folder)).message).toBe(`${folder} is a folder, not an engine file`);
  });
});
