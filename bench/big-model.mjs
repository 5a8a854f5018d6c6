/** An ONNX file of 2 GB that takes no room: its weights are a hole in a sparse file. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const WEIGHT_BYTES = 2_000_000_000;

// Protocol buffers' wire format: a varint field, a length-delimited field.
function varint(value) {
  const out = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) out.push((value % 0x80) | 0x80);
  return Buffer.from([...out, value]);
}
const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const head = (field, length) => Buffer.concat([varint(field * 8 + 2), varint(length)]);
const bytes = (field, value) => Buffer.concat([head(field, Buffer.byteLength(value)), Buffer.from(value)]);

/** @returns {Promise<string>} the path of the model, made in `folder` */
export async function bigModel(folder) {
  const floats = WEIGHT_BYTES / 4;
  const type = (length) => bytes(2, bytes(1, Buffer.concat([number(1, 1), bytes(2, bytes(1, number(1, length)))])));
  const value = (name) => Buffer.concat([bytes(1, name), type(floats)]);
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
