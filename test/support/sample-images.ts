/** The handwritten digits of examples/digits, as models take them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadImage } from '../../dist/image/load-image.js';
import { Tensor } from '../../dist/index.js';
import { ROOT } from './commands.js';

const SAMPLES = join(ROOT, 'examples/digits/samples');
const LINE = ['7-0', '2-1', '1-2', '0-3', '4-4', '9-7', '5-8', '6-11'];
const HEIGHT = 48;
const WIDTH = 40;

/** All of them, [12, 1, 28, 28], and which digits they are. */
export async function digits(): Promise<{ image: Tensor<'float32'>; labels: readonly number[] }> {
  const files = (await readdir(SAMPLES)).sort();
  const pixels = new Float32Array(files.length * 784);
  for (const [i, file] of files.entries()) {
    const { data } = await loadImage(join(SAMPLES, file), { channels: 1, height: 28, width: 28 });
    pixels.set(data as Float32Array, i * 784);
  }
  return {
    image: new Tensor('float32', pixels, [files.length, 1, 28, 28]),
    labels: files.map((file) => Number(file[0])),
  };
}

/** Some of them in a line, dark on light, [1, 3, `height`, 320] from -1 to 1: what PP-OCR reads. */
export async function lineOfDigits(height: number = HEIGHT): Promise<Tensor<'float32'>> {
  const width = WIDTH * LINE.length;
  const top = (height - HEIGHT) / 2;
  const pixels = new Float32Array(3 * height * width).fill(1);
  for (const [i, name] of LINE.entries()) {
    const spec = { channels: 3, height: HEIGHT, width: WIDTH, scale: -1 / 127.5, mean: [-1, -1, -1] } as const;
    const { data } = (await loadImage(join(SAMPLES, `${name}.png`), spec)) as { data: Float32Array };
    for (let row = 0; row < 3 * HEIGHT; row++) {
      const channel = Math.floor(row / HEIGHT);
      const to = (channel * height + top + (row % HEIGHT)) * width + i * WIDTH;
      pixels.set(data.subarray(row * WIDTH, (row + 1) * WIDTH), to);
    }
  }
  return new Tensor('float32', pixels, [1, 3, height, width]);
}
