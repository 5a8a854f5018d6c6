#include "emulator/tensorrt/engine_core.h"

#include <algorithm>
#include <cstring>

#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {
namespace {

size_t aligned(size_t bytes) { return (bytes + 255) / 256 * 256; }

}  // namespace

int EngineCore::place(const char* name) const {
  for (size_t i = 0; name != nullptr && i < plan.tensors.size(); ++i) {
    if (std::strcmp(plan.tensors[i].name.c_str(), name) == 0) return static_cast<int>(i);
  }
  return -1;
}

const PlanTensor* EngineCore::tensor(const char* name) const {
  const int found = place(name);
  return found < 0 ? nullptr : &plan.tensors[static_cast<size_t>(found)];
}

size_t EngineCore::inputs() const {
  return static_cast<size_t>(
      std::count_if(plan.tensors.begin(), plan.tensors.end(), [](const PlanTensor& it) { return !it.output; }));
}

// An engine without dynamic inputs has one profile all the same.
int32_t EngineCore::profiles() const { return std::max(1, static_cast<int32_t>(plan.profiles.size())); }

// As large as the inputs at their largest: more for a larger profile, as TensorRT's is.
size_t EngineCore::scratch_bytes(size_t profile) const {
  size_t bytes = 256;
  for (const PlanTensor& tensor : plan.tensors) {
    if (tensor.output) continue;
    std::vector<int64_t> dims = tensor.dims;
    if (profile < plan.profiles.size()) {
      const auto found = plan.profiles[profile].find(tensor.name);
      if (found != plan.profiles[profile].end() && !found->second.dims[2].empty()) dims = found->second.dims[2];
    }
    bytes += aligned(bytes_of(tensor.type, dims));
  }
  return bytes;
}

}  // namespace enginery::emulator
