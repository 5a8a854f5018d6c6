/** Models that the tests build and run, each as the bytes of an ONNX file. */

import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { floats, graph, model, node, tensor, value } from './onnx-writer.js';

/** `y = x`, float32 `[batch, 3]`. */
export function identity(): Buffer {
  return model(
    graph({
      nodes: [node('Identity', ['x'], ['y'])],
      inputs: [value('x', 'float32', ['batch', 3])],
      outputs: [value('y', 'float32', ['batch', 3])],
    }),
  );
}

/**
 * `y = reshape(a + b, shape)`: `a` and `b` are float32 `[batch, 4]`; `shape` is int64 `[2]`, a shape tensor whose values
 * TensorRT needs bounds for.
 */
export function multiInput(): Buffer {
  return model(
    graph({
      nodes: [node('Add', ['a', 'b'], ['sum']), node('Reshape', ['sum', 'shape'], ['y'])],
      inputs: [value('a', 'float32', ['batch', 4]), value('b', 'float32', ['batch', 4]), value('shape', 'int64', [2])],
      outputs: [value('y', 'float32', ['rows', 'columns'])],
    }),
  );
}

/**
 * A convolution quantized to int8: weights stored as int8 with a scale per channel, activations symmetric. `x` is float32
 * `[batch, 1, 8, 8]`, `y` float32 `[batch, 4, 6, 6]`.
 */
export function int8Qdq(): Buffer {
  return quantizedConv('int8', 0);
}

/** {@link int8Qdq} with uint8 activations and a zero point of 128: ONNX Runtime runs it, TensorRT's parser refuses it. */
export function uint8Qdq(): Buffer {
  return quantizedConv('uint8', 128);
}

function quantizedConv(activations: 'int8' | 'uint8', zeroPoint: number): Buffer {
  return model(
    graph({
      nodes: [
        node('QuantizeLinear', ['x', 'x_scale', 'x_zero'], ['x_q']),
        node('DequantizeLinear', ['x_q', 'x_scale', 'x_zero'], ['x_dq']),
        node('DequantizeLinear', ['w', 'w_scale', 'w_zero'], ['w_dq'], { axis: 0 }),
        node('Conv', ['x_dq', 'w_dq'], ['y'], { kernel_shape: [3, 3] }),
      ],
      initializers: [
        tensor({ name: 'x_scale', type: 'float32', dims: [], data: floats([0.02]) }),
        tensor({ name: 'x_zero', type: activations, dims: [], data: Buffer.from([zeroPoint]) }),
        tensor({ name: 'w', type: 'int8', dims: [4, 1, 3, 3], data: pattern(36) }),
        tensor({ name: 'w_scale', type: 'float32', dims: [4], data: floats([0.01, 0.02, 0.03, 0.04]) }),
        tensor({ name: 'w_zero', type: 'int8', dims: [4], data: Buffer.alloc(4) }),
      ],
      inputs: [value('x', 'float32', ['batch', 1, 8, 8])],
      outputs: [value('y', 'float32', ['batch', 4, 6, 6])],
    }),
  );
}

/** A convolution in float16: `x` is `[batch, 1, 8, 8]`, `y` `[batch, 4, 6, 6]`. */
export function fp16(): Buffer {
  const weights = Buffer.from(new Uint16Array(36).fill(0x3400).buffer);
  return model(
    graph({
      nodes: [node('Conv', ['x', 'w'], ['c'], { kernel_shape: [3, 3] }), node('Relu', ['c'], ['y'])],
      initializers: [tensor({ name: 'w', type: 'float16', dims: [4, 1, 3, 3], data: weights })],
      inputs: [value('x', 'float16', ['batch', 1, 8, 8])],
      outputs: [value('y', 'float16', ['batch', 4, 6, 6])],
    }),
  );
}

/**
 * A small classifier in float32: `x` is `[batch, 1, 8, 8]`, `y` `[batch, 10]`. TensorRT-RTX builds it, but not for sm75, which
 * has no float32 GEMM there.
 */
export function fp32Conv(): Buffer {
  return model(
    graph({
      nodes: [
        node('Conv', ['x', 'w'], ['c'], { kernel_shape: [3, 3] }),
        node('Relu', ['c'], ['r']),
        node('Flatten', ['r'], ['f']),
        node('Gemm', ['f', 'v', 'b'], ['y']),
      ],
      initializers: [
        tensor({ name: 'w', type: 'float32', dims: [4, 1, 3, 3], data: floats(Array(36).fill(0.25)) }),
        tensor({ name: 'v', type: 'float32', dims: [144, 10], data: floats(Array(1440).fill(0.01)) }),
        tensor({ name: 'b', type: 'float32', dims: [10], data: floats(Array(10).fill(1)) }),
      ],
      inputs: [value('x', 'float32', ['batch', 1, 8, 8])],
      outputs: [value('y', 'float32', ['batch', 10])],
    }),
  );
}

/** A matrix product with weights and activations in float8 e4m3: `x` is float32 `[batch, 64]`, `y` `[batch, 32]`. sm89 and later. */
export function fp8(): Buffer {
  return model(
    graph({
      nodes: [
        node('QuantizeLinear', ['x', 'x_scale', 'zero'], ['x_q']),
        node('DequantizeLinear', ['x_q', 'x_scale', 'zero'], ['x_dq']),
        node('DequantizeLinear', ['w', 'w_scale', 'zero'], ['w_dq']),
        node('MatMul', ['x_dq', 'w_dq'], ['y']),
      ],
      initializers: [
        tensor({ name: 'x_scale', type: 'float32', dims: [], data: floats([0.02]) }),
        tensor({ name: 'zero', type: 'float8e4m3fn', dims: [], data: Buffer.alloc(1) }),
        // 0x38 is 1.
        tensor({ name: 'w', type: 'float8e4m3fn', dims: [64, 32], data: Buffer.alloc(64 * 32, 0x38) }),
        tensor({ name: 'w_scale', type: 'float32', dims: [], data: floats([0.01]) }),
      ],
      inputs: [value('x', 'float32', ['batch', 64])],
      outputs: [value('y', 'float32', ['batch', 32])],
    }),
    { opset: 19, irVersion: 9 },
  );
}

/** A matrix product with int4 weights in blocks of 32 along axis 0: `x` is float16 `[batch, 64]`, `y` `[batch, 32]`. sm80 and later. */
export function int4(): Buffer {
  return model(
    graph({
      nodes: [
        node('DequantizeLinear', ['w', 'w_scale'], ['w_dq'], { axis: 0, block_size: 32 }),
        node('MatMul', ['x', 'w_dq'], ['y']),
      ],
      initializers: [
        tensor({ name: 'w', type: 'int4', dims: [64, 32], data: Buffer.alloc((64 * 32) / 2, 0x71) }),
        tensor({
          name: 'w_scale',
          type: 'float16',
          dims: [2, 32],
          data: Buffer.from(new Uint16Array(64).fill(0x2c00).buffer),
        }),
      ],
      inputs: [value('x', 'float16', ['batch', 64])],
      outputs: [value('y', 'float16', ['batch', 32])],
    }),
    { opset: 21, irVersion: 10 },
  );
}

/** A determinant: ONNX Runtime computes it, TensorRT has no such operator. The node is called `Det_y`. */
export function unsupportedOperator(): Buffer {
  return model(
    graph({
      nodes: [node('Det', ['x'], ['y'])],
      inputs: [value('x', 'float32', [3, 3])],
      outputs: [value('y', 'float32', [])],
    }),
  );
}

/** `depth` If nodes, each in a branch of the one before. */
export function nestedIfs(depth: number): Buffer {
  const last = { nodes: [node('Identity', ['x'], ['z'])], outputs: [value('z', 'float32', [1])] };
  let parts = last;
  for (let i = 1; i <= depth; i++) {
    const branches = { then_branch: { graph: graph(parts) }, else_branch: { graph: graph(last) } };
    parts = { nodes: [node('If', ['c'], [`y${i}`], branches)], outputs: [value(`y${i}`, 'float32', [1])] };
  }
  return model(graph({ ...parts, inputs: [value('c', 'bool', []), value('x', 'float32', [1])] }));
}

/**
 * Writes a model with 2.5 GB of weights in a file of their own, and gives the model's path. `y = table[i]`: `i` is int64
 * `[n]`, the table float32 `[640 Ki, 1024]`, all zeros. The file is sparse: it takes next to no space and no time.
 */
export async function bigExternal(folder: string): Promise<string> {
  const dims = [640 * 1024, 1024];
  const bytes = 640 * 1024 * 1024 * 4;
  const external = { location: 'weights.bin', offset: 4096, length: bytes };
  const path = join(folder, 'big.onnx');
  const content = graph({
    nodes: [node('Gather', ['table', 'i'], ['y'])],
    initializers: [tensor({ name: 'table', type: 'float32', dims, external })],
    inputs: [value('i', 'int64', ['n'])],
    outputs: [value('y', 'float32', ['n', 1024])],
  });
  await writeFile(path, model(content));
  await writeFile(join(folder, 'weights.bin'), '');
  await truncate(join(folder, 'weights.bin'), 4096 + bytes);
  return path;
}

/** Small numbers, positive and negative. */
function pattern(count: number): Buffer {
  return Buffer.from(Int8Array.from({ length: count }, (_, i) => ((i * 37) % 200) - 100).buffer);
}
