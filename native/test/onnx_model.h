// Small ONNX models written byte by byte, so that the tests need no files.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace enginery::test {

// Protocol buffers' wire format: a varint field, a length-delimited field.
inline std::string varint(uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}
inline std::string number(int field, uint64_t value) {
  return varint(static_cast<uint64_t>(field) << 3) + varint(value);
}
inline std::string bytes(int field, const std::string& value) {
  return varint(static_cast<uint64_t>(field) << 3 | 2) + varint(value.size()) + value;
}

// ValueInfoProto of a tensor; a dimension that is no number is a symbol.
inline std::string tensor_value(const std::string& name, int type, std::initializer_list<const char*> dims) {
  std::string shape;
  for (const std::string dim : dims) {
    const bool fixed = dim.find_first_not_of("0123456789") == std::string::npos;
    shape += bytes(1, fixed ? number(1, std::stoull(dim)) : bytes(2, dim));
  }
  return bytes(1, name) + bytes(2, bytes(1, number(1, type) + bytes(2, shape)));
}

inline std::string node(const std::string& op, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs) {
  std::string out;
  for (const auto& input : inputs) out += bytes(1, input);
  for (const auto& output : outputs) out += bytes(2, output);
  return out + bytes(3, "node_" + outputs[0]) + bytes(4, op);
}

inline std::vector<uint8_t> model(const std::vector<std::string>& nodes, const std::vector<std::string>& inputs,
                                  const std::vector<std::string>& outputs, int opset = 17) {
  std::string graph;
  for (const auto& item : nodes) graph += bytes(1, item);
  graph += bytes(2, "test");
  for (const auto& item : inputs) graph += bytes(11, item);
  for (const auto& item : outputs) graph += bytes(12, item);
  const std::string proto = number(1, 8) + bytes(7, graph) + bytes(8, number(2, static_cast<uint64_t>(opset)));
  return {proto.begin(), proto.end()};
}

inline std::vector<uint8_t> identity_model(int type = 1) {
  return model({node("Identity", {"x"}, {"y"})}, {tensor_value("x", type, {"batch", "4"})},
               {tensor_value("y", type, {"batch", "4"})});
}

// `now` is `past` with `update` written over it from `at` on: TensorRT makes it in the memory of `past`. `twice` lies
// elsewhere.
inline std::vector<uint8_t> cache_model() {
  return model({node("TensorScatter", {"past", "update", "at"}, {"now"}), node("Add", {"update", "update"}, {"twice"})},
               {tensor_value("past", 1, {"batch", "8", "4"}), tensor_value("update", 1, {"batch", "n", "4"}),
                tensor_value("at", 7, {"batch"})},
               {tensor_value("twice", 1, {"batch", "n", "4"}), tensor_value("now", 1, {"batch", "8", "4"})}, 24);
}

// The shape of x, an output that is no shape, and how many elements x has, of no dimensions.
inline std::vector<uint8_t> shape_model() {
  return model({node("Shape", {"x"}, {"dims"}), node("Neg", {"x"}, {"minus"}), node("Size", {"x"}, {"size"})},
               {tensor_value("x", 1, {"batch", "4"})},
               {tensor_value("dims", 7, {"2"}), tensor_value("minus", 1, {"batch", "4"}), tensor_value("size", 7, {})});
}

// The product with a weight of four bytes.
inline std::vector<uint8_t> scaling_model(float factor) {
  const std::string raw(reinterpret_cast<const char*>(&factor), sizeof factor);
  const std::string weights = number(1, 1) + number(2, 1) + bytes(8, "w") + bytes(9, raw);
  const std::string graph = bytes(1, node("Mul", {"x", "w"}, {"y"})) + bytes(2, "test") + bytes(5, weights) +
                            bytes(11, tensor_value("x", 1, {"batch", "4"})) +
                            bytes(12, tensor_value("y", 1, {"batch", "4"}));
  const std::string proto = number(1, 8) + bytes(7, graph) + bytes(8, number(2, 17));
  return {proto.begin(), proto.end()};
}

// Many products of square matrices: a run that takes a while and can be stopped between two of them.
inline std::vector<uint8_t> heavy_model(int products) {
  std::vector<std::string> nodes;
  std::string last = "x";
  for (int i = 0; i < products; ++i) {
    const std::string next = i == products - 1 ? "y" : "t" + std::to_string(i);
    nodes.push_back(node("MatMul", {last, "x"}, {next}));
    last = next;
  }
  return model(nodes, {tensor_value("x", 1, {"n", "n"})}, {tensor_value("y", 1, {"n", "n"})});
}

}  // namespace enginery::test
