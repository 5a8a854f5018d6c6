import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPlanHeader } from '../../dist/engine/plan-header.js';
import { EngineryError } from '../../dist/errors.js';
import { planOf } from '../support/plans.js';

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
    await writeFile(path, planOf('vtrt'));
    const expected = { product: 'tensorrt-rtx', serializationVersion: 0, version: '1.7.1.116', bytes: 64 };
    expect(await readPlanHeader(path)).toEqual(expected);
    expect(await readPlanHeader(planOf('vtrt'))).toEqual(expected);
    const enterprise = planOf('ftrt', { version: [10, 16, 1, 11], declared: 0 });
    expect(await readPlanHeader(enterprise)).toMatchObject({ product: 'tensorrt', version: '10.16.1.11' });
  });

  it('refuses every plan cut short', async () => {
    const whole = planOf('vtrt');
    for (let length = 0; length < whole.length; length++) {
      const path = join(folder, 'short.engine');
      await writeFile(path, whole.subarray(0, length));
      const error = await failure(path);
      expect(error.code).toBe('ENGINERY_INVALID_PLAN');
      expect(error.message).toContain(path);
      expect((await failure(whole.subarray(0, length))).code).toBe('ENGINERY_INVALID_PLAN');
    }
  });

  it.each(['vtrt', 'ftrt'])('answers or refuses any length and any bytes that begin with %s', async (tag) => {
    const judge = async (content: Uint8Array): Promise<void> => {
      const outcome = await readPlanHeader(content).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'ENGINERY_INVALID_PLAN' });
      else expect(outcome).toMatchObject({ bytes: content.length, serializationVersion: 0 });
    };
    const path = join(folder, 'any.engine');
    for (let length = 0; length <= 64; length++) {
      const start = planOf(tag, { declared: length }).subarray(0, length);
      await writeFile(path, start);
      if (length < 28) expect((await failure(path)).code).toBe('ENGINERY_INVALID_PLAN');
      else expect(await readPlanHeader(path)).toMatchObject({ version: '1.7.1.116', bytes: length });
      await judge(start);
      const noise = fc.uint8Array({ minLength: length, maxLength: length });
      await fc.assert(fc.asyncProperty(noise, judge), { numRuns: 20, seed: length });
      const tagged = noise.map((bytes) => Buffer.concat([Buffer.from(tag), bytes]));
      await fc.assert(fc.asyncProperty(tagged, judge), { numRuns: 20, seed: length });
    }
  });

  it.each([
    ['an ONNX file', Buffer.from([8, 8, 0x12, ...Buffer.alloc(60)]), /does not start with a plan tag/],
    ['another serialization version', planOf('vtrt', { serialization: 3 }), /has serialization version 3/],
    ['another size than declared', planOf('vtrt', { declared: 63 }), /has 64 bytes where its header says 63/],
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
    expect((await failure(Buffer.concat([size, metadata, planOf('ftrt')]))).hint).toContain('Ultralytics');
  });

  it('says what is there instead of a file', async () => {
    expect((await failure(join(folder, 'absent.engine'))).code).toBe('ENGINERY_FILE_NOT_FOUND');
    expect((await failure(folder)).message).toBe(`${folder} is a folder, not an engine file`);
  });
});
