import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageSpecWith, preprocessPath, readPreprocess } from '../../dist/image/preprocess.js';
import { temporaryFolder } from '../support/temporary.js';

const NORMAL = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

describe('readPreprocess', () => {
  it('reads what lies beside the model', async () => {
    const model = join(await temporaryFolder(), 'net.v2.onnx');
    expect(preprocessPath(model)).toBe(model.replace('.onnx', '.preprocess.json'));
    expect(await readPreprocess(model)).toEqual({});
    await writeFile(preprocessPath(model), JSON.stringify({ ...NORMAL, layout: 'NHWC' }));
    expect(await readPreprocess(model)).toEqual({ ...NORMAL, layout: 'NHWC' });
    for (const engine of ['.engine', '.plan'])
      expect(await readPreprocess(model.replace('.onnx', engine))).toEqual({ ...NORMAL, layout: 'NHWC' });
  });

  it.each([
    ['{"mean": [', 'JSON'],
    ['[1]', 'this is no JSON object'],
    ['null', 'this is no JSON object'],
    ['{"means": [1]}', '"means" is unknown'],
    ['{"__proto__": 1}', '"__proto__" is unknown'],
    ['{"mean": 0.5}', '"mean" must be an array'],
    ['{"scale": [1]}', '"scale" must not be an array'],
    ['{"scale": "1"}', 'Image scale must be a number'],
    ['{"mean": [1, 2]}', 'Image mean must be 3 numbers'],
    ['{"std": [0]}', 'Image std must be numbers other than 0'],
    ['{"channels": 4}', 'Image channels must be 1 or 3'],
  ])('refuses %s', async (text, message) => {
    const model = join(await temporaryFolder(), 'net.onnx');
    await writeFile(preprocessPath(model), text);
    const error = await readPreprocess(model).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ENGINERY_INVALID_OPTION', details: { path: preprocessPath(model) } });
    expect((error as Error).message).toContain(message);
  });

  it('says when it cannot be read', async () => {
    const model = join(await temporaryFolder(), 'net.onnx');
    await mkdir(preprocessPath(model));
    await expect(readPreprocess(model)).rejects.toMatchObject({ code: 'ENGINERY_FILE_UNREADABLE' });
  });
});

describe('imageSpecWith', () => {
  it('puts it over what the dims say', () => {
    expect(imageSpecWith(NORMAL, ['batch', 3, 224, 224], 'x')).toEqual({
      layout: 'NCHW',
      channels: 3,
      height: 224,
      width: 224,
      ...NORMAL,
    });
  });

  it('fills dims that the model leaves open', () => {
    const size = { height: 10, width: 20 };
    expect(imageSpecWith(size, [null, 3, 'h', -1], 'x')).toEqual({ layout: 'NCHW', channels: 3, ...size });
    expect(imageSpecWith({ channels: 1, layout: 'NHWC' }, ['n', 'h', 'w', 'c'], 'x')).toEqual({
      layout: 'NHWC',
      channels: 1,
    });
    expect(() => imageSpecWith(size, ['n', 'c', 'h', 'w'], 'x')).toThrow('An image does not fit input "x"');
  });
});
