/** Models to run, each as the bytes of an ONNX file. */
import { bytes, floatValue, number } from './onnx-wire.mjs';

const node = (operator, inputs, output) =>
  bytes(1, ...inputs.map((name) => bytes(1, name)), bytes(2, output), bytes(4, operator));

function model(nodes, input, output, weights = Buffer.alloc(0)) {
  const graph = bytes(7, ...nodes, bytes(2, 'g'), weights, bytes(11, input), bytes(12, output));
  return Buffer.concat([number(1, 8), graph, bytes(8, number(2, 17))]);
}

/** One operator that does next to nothing, on `x` of these dims. */
export function elementwise(operator, dims) {
  return model([node(operator, ['x'], 'y')], floatValue('x', dims), floatValue('y', dims));
}

/** `nodes` products of square matrices, one after the other. */
export function products(nodes, n) {
  const name = (i) => (i === 0 ? 'x' : i === nodes ? 'y' : `t${i}`);
  const all = Array.from({ length: nodes }, (_, i) => node('MatMul', [name(i), 'x'], name(i + 1)));
  return model(all, floatValue('x', [n, n]), floatValue('y', [n, n]));
}

/** A product with n × n weights. */
export function weighted(n) {
  const data = Buffer.from(new Float32Array(n * n).fill(0.5).buffer);
  const weights = bytes(5, number(1, n), number(1, n), number(2, 1), bytes(8, 'w'), bytes(9, data));
  return model([node('MatMul', ['x', 'w'], 'y')], floatValue('x', [1, n]), floatValue('y', [1, n]), weights);
}
