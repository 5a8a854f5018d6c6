import { readFile, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { ResizeOptions, default as Sharp } from 'sharp';
import { EngineryError, messageOf } from '../errors.js';
import { checkImageSpec, type ImageSpec } from './image-spec.js';

/** An image as a model's input. */
export interface ImageTensor {
  readonly type: 'float32';
  /** `[1, channels, height, width]`, or `[1, height, width, channels]` for layout `NHWC`. */
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** One decoded image: interleaved 8-bit samples, row by row. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly samples: Uint8Array;
}

/** Samples converted between two turns of the event loop: well under 1 ms of work. */
const SLICE = 1 << 16;

/**
 * Decodes an image and lays it out as a model's input, a batch of one.
 *
 * The steps, in order: first frame; turned upright by its EXIF orientation; transparent parts made black; 16-bit samples
 * brought to 8; resized to the spec's size (the whole picture, stretched where the ratio differs); made gray (by luminance) or RGB; each sample becomes `(sample * scale - mean) / std`.
 *
 * @param source - A path, or the bytes of the file: PNG, JPEG, WebP, GIF, AVIF, TIFF or SVG.
 * @param spec - What the model expects; {@link imageSpecOf} derives it from the input's dims.
 * @returns A float32 tensor.
 * @throws EngineryError ENGINERY_DEPENDENCY_MISSING without the package `sharp`; ENGINERY_FILE_NOT_FOUND;
 *   ENGINERY_FILE_UNREADABLE; ENGINERY_INVALID_IMAGE when the file is not an image, is damaged, or is absurdly large;
 *   ENGINERY_INVALID_OPTION for a spec that makes no sense.
 *
 * @example
 * ```ts
 * const image = await loadImage('seven.png', { channels: 1, height: 28, width: 28 });
 * const { logits } = await session.run({ image });
 * ```
 */
export async function loadImage(source: string | Uint8Array, spec: ImageSpec): Promise<ImageTensor> {
  checkImageSpec(spec);
  const sharp = await loadSharp();
  const pixels = await decode(sharp, source, spec);
  return toTensor(pixels, spec);
}

/** `sharp` is an optional peer: only who feeds images needs it. */
async function loadSharp(): Promise<typeof Sharp> {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    throw new EngineryError(
      'ENGINERY_DEPENDENCY_MISSING',
      absent
        ? 'Images are decoded by the package "sharp", which is not installed.'
        : `Images are decoded by the package "sharp", which does not load: ${messageOf(error)}`,
      { hint: 'npm i sharp', cause: error },
    );
  }
}

// sharp decodes on libuv's pool. That is computing, which ends; it never waits for anything, so it may stand there.
async function decode(sharp: typeof Sharp, source: string | Uint8Array, spec: ImageSpec): Promise<Pixels> {
  // Bytes, not the path: libvips keeps decoded files by name and would not see that one was overwritten.
  const bytes = typeof source === 'string' ? await readImageFile(source) : source;
  try {
    const picture = sharp(bytes)
      .rotate()
      .flatten({ background: 'black' })
      .resize(sizeOf(spec))
      .toColourspace(spec.channels === 1 ? 'b-w' : 'srgb');
    const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    if (info.channels !== spec.channels) throw new Error(`decoded to ${info.channels} channels, not ${spec.channels}`);
    return { width: info.width, height: info.height, samples: data };
  } catch (error) {
    const where = typeof source === 'string' ? `"${source}"` : 'The image given as bytes';
    throw new EngineryError('ENGINERY_INVALID_IMAGE', `${where} cannot be decoded: ${messageOf(error)}`, {
      hint: 'Give a PNG, JPEG, WebP, GIF, AVIF, TIFF or SVG file.',
      ...(typeof source === 'string' && { details: { path: source } }),
      cause: error,
    });
  }
}

/** What sharp is asked for: it keeps the ratio where one side is free, but with `fill` it would not. */
function sizeOf({ width, height }: ImageSpec): ResizeOptions {
  if (width !== undefined && height !== undefined) return { width, height, fit: 'fill' };
  return { ...(width !== undefined && { width }), ...(height !== undefined && { height }) };
}

async function readImageFile(path: string): Promise<Uint8Array> {
  try {
    // Opening a pipe or a terminal would wait for a writer, on libuv's pool.
    const found = await stat(path);
    if (!found.isFile()) {
      const what = found.isDirectory() ? 'a folder' : 'not a regular file';
      throw new EngineryError('ENGINERY_INVALID_IMAGE', `"${path}" is ${what}, not an image.`, { details: { path } });
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof EngineryError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new EngineryError('ENGINERY_FILE_NOT_FOUND', `There is no image "${path}".`, {
        details: { path },
        cause: error,
      });
    }
    throw new EngineryError('ENGINERY_FILE_UNREADABLE', `The image "${path}" cannot be read: ${messageOf(error)}`, {
      details: { path },
      cause: error,
    });
  }
}

async function toTensor({ width, height, samples }: Pixels, spec: ImageSpec): Promise<ImageTensor> {
  const { channels, scale = 1 / 255, mean, std, layout = 'NCHW' } = spec;
  const area = width * height;
  const data = new Float32Array(area * channels);
  const [pixelStep, channelStep] = layout === 'NCHW' ? [1, area] : [channels, 1];
  for (let channel = 0; channel < channels; channel += 1) {
    const factor = scale / (std?.[channel] ?? 1);
    const offset = (mean?.[channel] ?? 0) / (std?.[channel] ?? 1);
    for (let start = 0; start < area; start += SLICE) {
      const end = Math.min(start + SLICE, area);
      for (let pixel = start; pixel < end; pixel += 1) {
        data[pixel * pixelStep + channel * channelStep] = (samples[pixel * channels + channel] ?? 0) * factor - offset;
      }
      if (end < area) await setImmediate();
    }
  }
  const dims = layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels];
  return { type: 'float32', dims, data };
}
