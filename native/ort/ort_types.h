// ONNX Runtime's numbers of types.
#pragma once

#include <cstdint>

#include "core/element_type.h"
#include "ort/ort_api.h"

namespace enginery::ort {

int32_t to_ort(ElementType type);

// unknown where this package does not know the type.
ElementType from_ort(int32_t type);

// "sequence", "map", … of what is not a tensor; "unknown" for unknown.
const char* kind_name(ValueKind kind);

}  // namespace enginery::ort
