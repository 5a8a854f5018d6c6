// Element types of tensors, under the façade's names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace enginery {

// Numbers are ONNX's TensorProto.DataType.
enum class ElementType : int32_t {
  unknown = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  bfloat16 = 16,
  float8e4m3fn = 17,
  float8e4m3fnuz = 18,
  float8e5m2 = 19,
  float8e5m2fnuz = 20,
  uint4 = 21,
  int4 = 22,
  float4e2m1 = 23,
  float8e8m0 = 24,
  uint2 = 25,
  int2 = 26,
};

// "float32", "bool", …; "unknown" for unknown.
const char* name_of(ElementType type);

// The type of that name; unknown where there is none.
ElementType element_type_named(const std::string& name);

// Bytes of a tensor of this type, those narrower than a byte packed. False: a negative dimension, a size past 2^53
// bits, or a type without a fixed size (string, unknown).
bool tensor_bytes(ElementType type, const std::vector<int64_t>& dims, size_t& out);

}  // namespace enginery
