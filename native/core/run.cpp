#include "core/run.h"

#include <cstring>

namespace enginery {
namespace {

std::string show(const std::vector<int64_t>& dims) {
  std::string text;
  for (const int64_t dim : dims) text += (text.empty() ? "" : ", ") + std::to_string(dim);
  return "[" + text + "]";
}

}  // namespace

Status copy_to_target(const std::string& name, const TensorBuffer& result, const TensorBuffer& target) {
  if (result.type != target.type || result.dims != target.dims) {
    return Status::failed("ENGINERY_INVALID_ARGUMENT", "Output \"" + name + "\" is " + show(result.dims) +
                                                           ", the tensor to write it into " + show(target.dims));
  }
  if (target.bytes > 0) std::memmove(target.data, result.data, target.bytes);  // they may be one
  return {};
}

}  // namespace enginery
