// Tensors on their way into ONNX Runtime and out of it.
#pragma once

#include <string>
#include <vector>

#include "core/runner.h"
#include "core/status.h"
#include "ort/ort_library.h"

namespace enginery::ort {

using OwnedValue = Owned<Value>;

// Makes a value over the tensor's memory, which must outlive it; of strings, a copy. The name is for errors.
Status to_value(const Library& library, const std::string& name, const TensorBuffer& tensor, OwnedValue& out);

// Gives a result its memory without a copy: the buffer owns the value, and the feeds too where the model has passed an
// input through untouched. One that was borrowed is copied.
Status from_value(const Library& library, const std::string& name, OwnedValue value,
                  const std::shared_ptr<const std::vector<NamedTensor>>& feeds, TensorBuffer& out);

}  // namespace enginery::ort
