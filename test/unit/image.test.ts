import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageSpecOf } from '../../dist/image/image-spec.js';
import { loadImage } from '../../dist/image/load-image.js';

const GRAY = { channels: 1 } as const;
const RGB = { channels: 3 } as const;
const root = fileURLToPath(new URL('../../', import.meta.url));
const sample = (name: string) => path.join(root, 'examples/digits/samples', name);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'enginery-image-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A PNG of one row: each pixel is a list of samples. */
function rowOf(pixels: number[][], samples: Uint8ArrayConstructor | Uint16ArrayConstructor = Uint8Array) {
  const channels = pixels[0]?.length as 1 | 2 | 3 | 4;
  const space = { 1: 'grey16', 2: 'grey16', 3: 'rgb16', 4: 'rgb16' }[channels];
  const image = sharp(samples.from(pixels.flat()), { raw: { width: pixels.length, height: 1, channels } });
  return (samples === Uint16Array ? image.toColourspace(space) : image).png().toBuffer();
}

const values = (tensor: { data: Float32Array }) => [...tensor.data].map((value) => Math.round(value * 255));

describe('loadImage', () => {
  test('gives a sample digit pixel for pixel, 0..1, as NCHW', async () => {
    const tensor = await loadImage(sample('7-0.png'), { channels: 1, height: 28, width: 28 });
    const pixels = await sharp(sample('7-0.png')).toColourspace('b-w').raw().toBuffer();
    expect(tensor.type).toBe('float32');
    expect(tensor.dims).toEqual([1, 1, 28, 28]);
    expect(tensor.data).toEqual(Float32Array.from(pixels, (value) => value / 255));
  });

  test('lays out channels as planes or interleaved', async () => {
    const png = await rowOf([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const planes = await loadImage(png, RGB);
    expect(planes.dims).toEqual([1, 3, 1, 2]);
    expect(values(planes)).toEqual([1, 4, 2, 5, 3, 6]);
    const interleaved = await loadImage(png, { ...RGB, layout: 'NHWC' });
    expect(interleaved.dims).toEqual([1, 1, 2, 3]);
    expect(values(interleaved)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('gives every pixel of an image larger than one slice of work', async () => {
    const [width, height] = [400, 300];
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 7) % 256);
    const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const { data } = await loadImage(png, { ...RGB, layout: 'NHWC', scale: 1 });
    expect(Buffer.from(data.buffer).equals(Buffer.from(Float32Array.from(pixels).buffer))).toBe(true);
  });

  test('normalises as (sample * scale - mean) / std, per channel', async () => {
    const png = await rowOf([[255, 0, 51]]);
    const { data } = await loadImage(png, { ...RGB, mean: [0.5, 0.25, 0.1], std: [0.5, 0.25, 0.2] });
    [1, -1, 0.5].forEach((value, channel) => {
      expect(data[channel]).toBeCloseTo(value, 6);
    });
    const raw = await loadImage(png, { ...RGB, scale: 1 });
    expect([...raw.data]).toEqual([255, 0, 51]);
  });

  test('spreads gray over three channels, and makes colours gray', async () => {
    expect(values(await loadImage(await rowOf([[0], [50], [255]]), RGB))).toEqual([0, 50, 255, 0, 50, 255, 0, 50, 255]);
    const [white, black, green, blue] = values(
      await loadImage(
        await rowOf([
          [255, 255, 255],
          [0, 0, 0],
          [0, 255, 0],
          [0, 0, 255],
        ]),
        GRAY,
      ),
    );
    expect([white, black]).toEqual([255, 0]);
    expect(green).toBeGreaterThan(blue as number);
  });

  test('makes transparent parts black', async () => {
    const rgba = await rowOf([
      [255, 255, 255, 255],
      [255, 255, 255, 0],
    ]);
    expect(values(await loadImage(rgba, RGB))).toEqual([255, 0, 255, 0, 255, 0]);
    expect(
      values(
        await loadImage(
          await rowOf([
            [200, 255],
            [200, 0],
          ]),
          GRAY,
        ),
      ),
    ).toEqual([200, 0]);
  });

  test('brings 16-bit samples to 8', async () => {
    const gray = await rowOf([[0], [32768], [65535]], Uint16Array);
    expect((await sharp(gray).metadata()).depth).toBe('ushort');
    expect(values(await loadImage(gray, GRAY))).toEqual([0, 128, 255]);
    const colour = await rowOf([[65535, 0, 32768]], Uint16Array);
    expect(values(await loadImage(colour, RGB))).toEqual([255, 0, 128]);
  });

  test('turns an image upright by its EXIF orientation before it is resized', async () => {
    const row = await rowOf([[10], [20], [30]]);
    const turned = await sharp(row).withMetadata({ orientation: 6 }).png().toBuffer();
    const tensor = await loadImage(turned, GRAY);
    expect(tensor.dims).toEqual([1, 1, 3, 1]);
    expect(values(tensor)).toEqual([10, 20, 30]);
    expect((await loadImage(turned, { ...GRAY, height: 3, width: 1 })).data).toEqual(tensor.data);
  });

  test('resizes the whole picture; one given side keeps the ratio', async () => {
    const halves = await sharp({ create: { width: 40, height: 20, channels: 3, background: 'black' } })
      .composite([{ input: { create: { width: 20, height: 20, channels: 3, background: 'white' } }, left: 20, top: 0 }])
      .png()
      .toBuffer();
    const square = await loadImage(halves, { ...GRAY, height: 8, width: 8 });
    expect(square.dims).toEqual([1, 1, 8, 8]);
    expect([square.data[0], square.data[7]]).toEqual([0, 1]);
    expect((await loadImage(halves, { ...GRAY, height: 10 })).dims).toEqual([1, 1, 10, 20]);
    expect((await loadImage(halves, { ...GRAY, width: 10 })).dims).toEqual([1, 1, 5, 10]);
  });

  test('sees a file that was written again', async () => {
    const file = path.join(folder, 'changing.png');
    await writeFile(file, await rowOf([[1]]));
    expect(values(await loadImage(file, GRAY))).toEqual([1]);
    await writeFile(file, await rowOf([[2]]));
    expect(values(await loadImage(file, GRAY))).toEqual([2]);
  });

  test('names a file that is missing', async () => {
    const file = path.join(folder, 'absent.png');
    await expect(loadImage(file, GRAY)).rejects.toMatchObject({
      code: 'ENGINERY_FILE_NOT_FOUND',
      message: expect.stringContaining(file),
    });
  });

  test.each([
    ['text', Buffer.from('hello')],
    ['empty', Buffer.alloc(0)],
    ['a bomb', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="200000" height="200000"><path/></svg>')],
  ])('names a file that is no image: %s', async (name, bytes) => {
    const file = path.join(folder, `${name}.png`);
    await writeFile(file, bytes);
    await expect(loadImage(file, GRAY)).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_IMAGE',
      message: expect.stringContaining(file),
      details: { path: file },
    });
    await expect(loadImage(bytes, GRAY)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_IMAGE' });
  });

  test('refuses a damaged image', async () => {
    const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    await expect(loadImage(png.subarray(0, 3000), RGB)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_IMAGE' });
  });

  test('does not wait for a pipe, nor read a folder', async () => {
    const pipe = path.join(folder, 'pipe.png');
    await promisify(execFile)('mkfifo', [pipe]);
    await expect(loadImage(pipe, GRAY)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_IMAGE' });
    await expect(loadImage(folder, GRAY)).rejects.toMatchObject({ code: 'ENGINERY_INVALID_IMAGE' });
  });

  test.each([
    [{ channels: 2 }, 'channels'],
    [{ channels: 1, height: 0 }, 'height'],
    [{ channels: 1, width: 1.5 }, 'width'],
    [{ channels: 1, height: 100_000, width: 100_000 }, 'height and width'],
    [{ channels: 1, layout: 'HWC' }, 'layout'],
    [{ channels: 1, scale: Number.NaN }, 'scale'],
    [{ channels: 3, mean: [0.5] }, 'mean'],
    [{ channels: 1, std: [0] }, 'std'],
  ])('refuses the spec %j by its field', async (spec, field) => {
    await expect(loadImage(sample('7-0.png'), spec as never)).rejects.toMatchObject({
      code: 'ENGINERY_INVALID_OPTION',
      message: expect.stringContaining(`Image ${field} must be`),
    });
  });

  test('says to install sharp where it is absent', async () => {
    const alone = path.join(folder, 'alone');
    await mkdir(alone);
    await cp(path.join(root, 'dist/image'), path.join(alone, 'image'), { recursive: true });
    await cp(path.join(root, 'dist/errors.js'), path.join(alone, 'errors.js'));
    await writeFile(path.join(alone, 'package.json'), '{ "type": "module" }');
    const module = pathToFileURL(path.join(alone, 'image/load-image.js')).href;
    const script = `import { loadImage } from '${module}';
      await loadImage(new Uint8Array(1), { channels: 1 }).catch(({ code, hint }) => console.log(code, hint));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: alone,
    });
    expect(stdout).toBe('ENGINERY_DEPENDENCY_MISSING npm i sharp\n');
  });
});

describe('imageSpecOf', () => {
  test.each([
    [['batch', 1, 28, 28], { layout: 'NCHW', channels: 1, height: 28, width: 28 }],
    [[1, 3, 224, 320], { layout: 'NCHW', channels: 3, height: 224, width: 320 }],
    [[-1, 224, 320, 3], { layout: 'NHWC', channels: 3, height: 224, width: 320 }],
    [[null, 3, 48, 'width'], { layout: 'NCHW', channels: 3, height: 48 }],
  ] as const)('derives from %j', (dims, spec) => {
    expect(imageSpecOf(dims)).toEqual(spec);
  });

  test.each([[null], [[]], [[1, 784]], [['batch', 2, 28, 28]], [[8, 3, 224, 224]]])('refuses %j', (dims) => {
    expect(() => imageSpecOf(dims, 'tokens')).toThrow(
      expect.objectContaining({ code: 'ENGINERY_INVALID_ARGUMENT', message: expect.stringContaining('"tokens"') }),
    );
  });
});
