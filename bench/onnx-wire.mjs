/** Protocol buffers' wire format, as far as small ONNX files need it: a varint field, a length-delimited field. */

function varint(value) {
  const out = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) out.push((value % 0x80) | 0x80);
  return Buffer.from([...out, value]);
}

export const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);

/** What comes before `length` bytes of a field. */
export const head = (field, length) => Buffer.concat([varint(field * 8 + 2), varint(length)]);

export const bytes = (field, ...values) => {
  const all = Buffer.concat(values.map((value) => Buffer.from(value)));
  return Buffer.concat([head(field, all.length), all]);
};

/** ValueInfoProto of a float32 tensor. */
export function floatValue(name, dims) {
  const shape = Buffer.concat(dims.map((dim) => bytes(1, number(1, dim))));
  return Buffer.concat([bytes(1, name), bytes(2, bytes(1, number(1, 1), bytes(2, shape)))]);
}
