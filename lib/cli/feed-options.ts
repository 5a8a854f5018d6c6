/** The options of `enginery run` and `enginery compare` that say what a model is fed. */

import { type Command, Option } from 'commander';
import { EngineryError } from '../errors.js';
import type { ImageSpec } from '../image/image-spec.js';
import type { Preprocess } from '../image/preprocess.js';
import { parseList, parseNumber } from './numbers.js';
import { parseShapes, type Shapes } from './shapes.js';

/** What the options give. */
export interface FeedFlags {
  /** `name=file`, or `file` alone. */
  readonly input?: readonly string[];
  readonly shapes?: Shapes;
  readonly resize?: { readonly height: number; readonly width: number };
  readonly layout?: NonNullable<ImageSpec['layout']>;
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

const IMAGES = 'Images (over what <model>.preprocess.json says):';

/** Adds the options to a command. */
export function addFeedOptions(command: Command): Command {
  const image = (flags: string, help: string, parse: (text: string) => unknown): Option =>
    new Option(flags, help).argParser(parse).helpGroup(IMAGES);
  return command
    .addOption(
      new Option(
        '-i, --input <name=file>',
        'what to feed: an image, .npy, .json or .bin; again for other inputs, or for more runs',
      ).argParser((text: string, before: readonly string[] = []) => [...before, text]),
    )
    .addOption(
      new Option('--shapes <spec>', 'shapes of .bin files and generated inputs: image:8x1x28x28').argParser((text) =>
        parseShapes(text, '--shapes'),
      ),
    )
    .addOption(image('--resize <HxW>', 'height and width, where the model leaves them open', parseSize))
    .addOption(image('--layout <order>', 'NCHW or NHWC', (text) => text.toUpperCase()))
    .addOption(image('--scale <n>', 'multiplies each 8-bit sample (default: 1/255)', parseNumber('--scale')))
    .addOption(
      image('--mean <list>', 'taken from each channel after that: 0.485,0.456,0.406', parseList(parseNumber('--mean'))),
    )
    .addOption(
      image('--std <list>', 'divides each channel after that: 0.229,0.224,0.225', parseList(parseNumber('--std'))),
    );
}

/** What the options say of images. */
export function preprocessOf({ resize, layout, scale, mean, std }: FeedFlags): Preprocess {
  return {
    ...resize,
    ...(layout !== undefined && { layout }),
    ...(scale !== undefined && { scale }),
    ...(mean !== undefined && { mean }),
    ...(std !== undefined && { std }),
  };
}

function parseSize(text: string): { height: number; width: number } {
  const [, height, width] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text) ?? [];
  if (height !== undefined && width !== undefined) return { height: Number(height), width: Number(width) };
  throw new EngineryError('ENGINERY_INVALID_ARGUMENT', `--resize ${text}: expected height x width, such as 224x224`);
}
