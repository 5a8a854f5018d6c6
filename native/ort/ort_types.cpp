#include "ort/ort_types.h"

namespace enginery::ort {
namespace {

// ONNXTensorElementDataType has ONNX's numbers up to 23, and an order of its own from there on.
constexpr int32_t kLastInCommon = 23;

struct OwnNumber {
  ElementType type;
  int32_t number;
};

constexpr OwnNumber kOwnNumbers[] = {{ElementType::uint2, 24}, {ElementType::int2, 25}, {ElementType::float8e8m0, 26}};

}  // namespace

int32_t to_ort(ElementType type) {
  for (const OwnNumber& own : kOwnNumbers) {
    if (own.type == type) return own.number;
  }
  return static_cast<int32_t>(type);
}

ElementType from_ort(int32_t type) {
  for (const OwnNumber& own : kOwnNumbers) {
    if (own.number == type) return own.type;
  }
  return type <= kLastInCommon ? static_cast<ElementType>(type) : ElementType::unknown;
}

const char* kind_name(ValueKind kind) {
  switch (kind) {
    case SEQUENCE:
      return "sequence";
    case MAP:
      return "map";
    case SPARSE_TENSOR:
      return "sparse";
    case OPTIONAL:
      return "optional";
    default:
      return "unknown";
  }
}

}  // namespace enginery::ort
