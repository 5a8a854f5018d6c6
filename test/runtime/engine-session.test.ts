// @module-tag engine-files
/** Sessions of engine files, on a machine without a GPU: the engine is real, what runs is the model behind it. */
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { buildEngine, createSession, EngineryError, Tensor, typesOf } from '../../dist/index.js';
import { ROOT } from '../support/commands.js';
import { temporaryFolder } from '../support/temporary.js';
import { tensorrtRtx } from '../support/tensorrt-rtx.js';

const DIGITS = join(ROOT, 'examples/digits/digits.onnx');
const PROFILE = { image: { min: [1, 1, 28, 28], opt: [4, 1, 28, 28], max: [8, 1, 28, 28] } };
const images = (count: number): Tensor => new Tensor('float32', new Float32Array(784 * count), [count, 1, 28, 28]);

let engine: string;
let model: string;

beforeEach(async (context) => {
  await tensorrtRtx(context);
  const folder = await temporaryFolder();
  engine = join(folder, 'digits.engine');
  model = join(folder, 'digits.onnx');
  await copyFile(DIGITS, model);
  await buildEngine(model, { output: engine, profiles: [PROFILE] });
});

async function failure(of: Promise<unknown>): Promise<EngineryError> {
  const error = await of.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineryError);
  return error as EngineryError;
}

describe('an engine file on a machine without its GPU', () => {
  test('is stood in for by the model that it was built of, and says why', async () => {
    const session = await createSession(engine);
    const { logits } = await session.run({ image: images(2) });
    expect(logits?.dims).toEqual([2, 10]);
    expect(session.backend).toMatchObject({
      name: 'onnxruntime',
      reasons: [
        { backend: 'tensorrt', code: 'ENGINERY_BACKEND_UNAVAILABLE' },
        { backend: 'tensorrt-rtx', code: 'ENGINERY_DEVICE_UNAVAILABLE' },
      ],
    });
    await session.dispose();
  });

  test('keeps its bounds there', async () => {
    const session = await createSession(engine, { backend: 'cpu' });
    const error = await failure(session.run({ image: images(9) }));
    expect(error.code).toBe('ENGINERY_INVALID_FEED');
    expect(error.message).toMatch(/\[9, 1, 28, 28\], from \[1, 1, 28, 28\] to \[8, 1, 28, 28\]/);
    const rows = [{ image: images(4) }, { image: images(5) }];
    expect(await failure(session.runRows(rows))).toMatchObject({ code: 'ENGINERY_INVALID_FEED' });
    await session.dispose();
  });

  test('is never stood in for where a GPU was asked for', async () => {
    expect(await failure(createSession(engine, { backend: 'gpu' }))).toMatchObject({
      code: 'ENGINERY_BACKEND_UNAVAILABLE',
    });
    expect(await failure(createSession(engine, { backend: 'tensorrt-rtx' }))).toMatchObject({
      code: 'ENGINERY_DEVICE_UNAVAILABLE',
    });
  });

  test('is an error where the model is gone, or another', async () => {
    await writeFile(model, Buffer.concat([await readFile(DIGITS), Buffer.from([0x12, 0x00])]));
    expect(await failure(createSession(engine, { backend: 'cpu' }))).toMatchObject({ code: 'ENGINERY_MODEL_CHANGED' });
    await rm(model);
    const error = await failure(createSession(engine));
    expect(error.code).toBe('ENGINERY_BACKEND_UNAVAILABLE');
    expect(error.details?.reasons).toMatchObject([{}, {}, { code: 'ENGINERY_FILE_NOT_FOUND' }, {}]);
    expect(error.message).toContain('digits.onnx');
  });
});

test('the types of an engine are those of its model', async () => {
  expect(await typesOf(engine)).toBe((await typesOf(model)).replace('digits.onnx', 'digits.engine'));
});

describe('trust', () => {
  test('a plan without a manifest is loaded on nobody’s word but the caller’s', async () => {
    await rm(`${engine}.json`);
    expect(await failure(createSession(engine))).toMatchObject({ code: 'ENGINERY_UNTRUSTED_PLAN' });
    const trusted = await failure(createSession(engine, { trust: true }));
    expect(trusted.details?.reasons).toMatchObject([
      {},
      { code: 'ENGINERY_DEVICE_UNAVAILABLE' },
      { backend: 'onnxruntime-native', message: expect.stringContaining('has no manifest') },
      {},
    ]);
  });

  test('a manifest that is edited, or of another plan, vouches for nothing', async () => {
    const manifest = JSON.parse(await readFile(`${engine}.json`, 'utf8'));
    manifest.plan.sha256 = '0'.repeat(64);
    await writeFile(`${engine}.json`, JSON.stringify(manifest));
    expect(await failure(createSession(engine, { trust: true }))).toMatchObject({ code: 'ENGINERY_INVALID_MANIFEST' });
    await writeFile(`${engine}.json`, '{');
    expect(await failure(createSession(engine))).toMatchObject({ code: 'ENGINERY_INVALID_MANIFEST' });
  });

  test('bytes of a plan have no manifest beside them', async () => {
    expect(await failure(createSession(await readFile(engine), { trust: true }))).toMatchObject({
      code: 'ENGINERY_INVALID_ARGUMENT',
    });
  });
});
