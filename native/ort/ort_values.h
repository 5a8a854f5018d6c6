// Tensors on their way into ONNX Runtime and out of it.
#pragma once

#include <string>

#include "core/run.h"
#include "core/status.h"
#include "ort/ort_library.h"

namespace enginery::ort {

using OwnedValue = Owned<Value>;

// Makes a value over the tensor's memory, which must outlive it; of strings, a copy.
Status to_value(const Library& library, const TensorBuffer& tensor, OwnedValue& out);

// Says what a result is and where its elements are: in the value's memory, or an input's that was passed through. Of
// strings, a copy. The name is for errors.
Status read_value(const Library& library, const std::string& name, Value* value, TensorBuffer& out);

}  // namespace enginery::ort
