/** The smallest useful ONNX model: y = Relu(x), x a float32 tensor of four elements. IR version 8, opset 17. */
export const ONE_NODE_MODEL: Uint8Array = Uint8Array.of(
  ...[0x08, 8], // ir_version
  ...[0x3a, 51], // graph, 51 bytes:
  ...[0x0a, 12], //   node, 12 bytes:
  ...[0x0a, 1, 0x78], //     input "x"
  ...[0x12, 1, 0x79], //     output "y"
  ...[0x22, 4, 0x52, 0x65, 0x6c, 0x75], //     op_type "Relu"
  ...[0x12, 1, 0x67], //   name "g"
  ...[0x5a, 15, 0x0a, 1, 0x78], //   input "x", with its type:
  ...[0x12, 10, 0x0a, 8, 0x08, 1], //     tensor_type, elem_type FLOAT,
  ...[0x12, 4, 0x0a, 2, 0x08, 4], //     shape of one dim, 4
  ...[0x62, 15, 0x0a, 1, 0x79], //   output "y", likewise
  ...[0x12, 10, 0x0a, 8, 0x08, 1],
  ...[0x12, 4, 0x0a, 2, 0x08, 4],
  ...[0x42, 2, 0x10, 17], // opset_import 17
);
