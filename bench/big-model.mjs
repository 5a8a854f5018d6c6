/** An ONNX file of 2 GB that takes no room: its weights are a hole in a sparse file. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes, floatValue, head, number } from './onnx-wire.mjs';

const WEIGHT_BYTES = 2_000_000_000;

/** @returns {Promise<string>} the path of the model, made in `folder` */
export async function bigModel(folder) {
  const floats = WEIGHT_BYTES / 4;
  const value = (name) => floatValue(name, [floats]);
  const node = bytes(1, Buffer.concat([bytes(1, 'x'), bytes(1, 'w'), bytes(2, 'y'), bytes(4, 'Add')]));
  const tensorHead = Buffer.concat([number(1, floats), number(2, 1), bytes(8, 'w'), head(9, WEIGHT_BYTES)]);
  const initializerHead = Buffer.concat([head(5, tensorHead.length + WEIGHT_BYTES), tensorHead]);
  const rest = Buffer.concat([bytes(2, 'big'), bytes(11, value('x')), bytes(12, value('y'))]);
  const graphLength = node.length + initializerHead.length + WEIGHT_BYTES + rest.length;
  const before = Buffer.concat([number(1, 8), head(7, graphLength), node, initializerHead]);
  const after = Buffer.concat([rest, bytes(8, number(2, 17))]);

  const path = join(folder, 'big.onnx');
  const file = await open(path, 'w');
  try {
    await file.write(before, 0, before.length, 0);
    await file.write(after, 0, after.length, before.length + WEIGHT_BYTES);
  } finally {
    await file.close();
  }
  return path;
}
