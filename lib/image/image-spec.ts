import { EngineryError } from '../errors.js';

/** What a model expects of an image. */
export interface ImageSpec {
  /** 1 for gray, 3 for RGB. */
  readonly channels: 1 | 3;
  /** Rows; absent: the image's own, or what keeps its ratio where only the width is given. */
  readonly height?: number;
  /** Columns; absent: the image's own, or what keeps its ratio where only the height is given. */
  readonly width?: number;
  /** Order of the dims; default `NCHW`. */
  readonly layout?: 'NCHW' | 'NHWC';
  /** Multiplies each 8-bit sample; default 1/255, which gives 0..1. */
  readonly scale?: number;
  /** Taken from each channel after scaling; default 0. */
  readonly mean?: readonly number[];
  /** Divides each channel after that; default 1. */
  readonly std?: readonly number[];
}

/** As many pixels as sharp decodes at most, a square of 16,383: more is a mistake, and asks for gigabytes. */
const MAX_PIXELS = 16_383 ** 2;

/**
 * Derives what an image must become from the dims of a model's input.
 *
 * `[batch, 1 or 3, height, width]` is NCHW, `[batch, height, width, 1 or 3]` is NHWC. A symbolic or unknown height or width
 * takes the image's own; a symbolic or unknown batch takes 1.
 *
 * @param dims - Dims as `readModelInfo` gives them; null where the rank is unknown.
 * @param name - The input's name, for the error message.
 * @throws EngineryError ENGINERY_INVALID_ARGUMENT when an image does not fit such an input.
 *
 * @example
 * ```ts
 * imageSpecOf(['batch', 1, 28, 28]); // { layout: 'NCHW', channels: 1, height: 28, width: 28 }
 * ```
 */
export function imageSpecOf(dims: readonly (number | string | null)[] | null, name = 'input'): ImageSpec {
  if (dims?.length === 4 && (fixed(dims[0]) ?? 1) === 1) {
    if (dims[1] === 1 || dims[1] === 3) return specOf('NCHW', dims[1], dims[2], dims[3]);
    if (dims[3] === 1 || dims[3] === 3) return specOf('NHWC', dims[3], dims[1], dims[2]);
  }
  const shown = dims === null ? 'of unknown rank' : `[${dims.map((dim) => dim ?? '?').join(', ')}]`;
  throw new EngineryError(
    'ENGINERY_INVALID_ARGUMENT',
    `An image does not fit input "${name}", whose shape is ${shown}.`,
    {
      hint: 'An image fits [1, 1 or 3, height, width] and [1, height, width, 1 or 3]; feed anything else as a tensor.',
      details: { input: name, dims },
    },
  );
}

type Dim = number | string | null | undefined;

function specOf(layout: 'NCHW' | 'NHWC', channels: 1 | 3, height: Dim, width: Dim): ImageSpec {
  const rows = fixed(height);
  const columns = fixed(width);
  return {
    layout,
    channels,
    ...(rows !== undefined && { height: rows }),
    ...(columns !== undefined && { width: columns }),
  };
}

/** The dim where the model fixes it: -1 is how some exporters write a dynamic one. */
function fixed(dim: Dim): number | undefined {
  return typeof dim === 'number' && dim >= 0 ? dim : undefined;
}

/** @internal Refuses a spec that makes no sense, by the name of its field. */
export function checkImageSpec(spec: ImageSpec): void {
  const { channels, height, width, layout, scale, mean, std } = spec;
  if (channels !== 1 && channels !== 3) refuse('channels', channels, '1 or 3');
  for (const [field, size] of Object.entries({ height, width })) {
    if (size !== undefined && !(Number.isInteger(size) && size > 0)) refuse(field, size, 'a positive integer');
  }
  if ((height ?? 1) * (width ?? 1) > MAX_PIXELS) {
    refuse('height and width', `${height ?? '?'} x ${width ?? '?'}`, `at most ${MAX_PIXELS} pixels`);
  }
  if (layout !== undefined && layout !== 'NCHW' && layout !== 'NHWC') refuse('layout', layout, 'NCHW or NHWC');
  if (scale !== undefined && !Number.isFinite(scale)) refuse('scale', scale, 'a number');
  for (const [field, values] of Object.entries({ mean, std })) {
    if (values === undefined) continue;
    if (values.length !== channels || !values.every(Number.isFinite)) {
      refuse(field, `[${values.join(', ')}]`, `${channels} number${channels === 1 ? '' : 's'}, one per channel`);
    }
  }
  if (std?.includes(0)) refuse('std', `[${std.join(', ')}]`, 'numbers other than 0');
}

function refuse(field: string, got: unknown, expected: string): never {
  throw new EngineryError('ENGINERY_INVALID_OPTION', `Image ${field} must be ${expected}, but is ${String(got)}.`);
}
