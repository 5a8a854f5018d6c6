// Tensors on their way into ONNX Runtime and out of it.
#pragma once

#include <string>
#include <vector>

#include "core/runner.h"
#include "core/status.h"
#include "ort/ort_library.h"

namespace enginery::ort {

using OwnedValue = Owned<Value>;

// Makes a value over the feed's memory, which must outlive it; of strings, a copy.
Status to_value(const Library& library, const NamedTensor& feed, OwnedValue& out);

// Gives a result its memory without a copy: the buffer owns the value, and the feeds too, as a model may pass an input
// through untouched.
Status from_value(const Library& library, const std::string& name, OwnedValue value,
                  const std::shared_ptr<const std::vector<NamedTensor>>& feeds, TensorBuffer& out);

}  // namespace enginery::ort
