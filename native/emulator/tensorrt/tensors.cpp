#include "emulator/tensorrt/tensors.h"

#include <algorithm>

#include "emulator/tensorrt/version.h"

namespace enginery::emulator {
namespace {

using nvinfer1::DataType;

struct Pair {
  ElementType ours;
  DataType theirs;
  int32_t since = 0;
};

constexpr int32_t since_10(int minor) { return ENGINERY_ENTERPRISE ? version_number(10, minor) : 0; }

constexpr Pair kTypes[] = {
    {ElementType::float32, DataType::kFLOAT},
    {ElementType::float16, DataType::kHALF},
    {ElementType::bfloat16, DataType::kBF16},
    {ElementType::int8, DataType::kINT8},
    {ElementType::uint8, DataType::kUINT8},
    {ElementType::int32, DataType::kINT32},
    {ElementType::int64, DataType::kINT64},
    {ElementType::boolean, DataType::kBOOL},
    {ElementType::float8e4m3fn, DataType::kFP8},
    {ElementType::int4, DataType::kINT4},
    {ElementType::float4e2m1, DataType::kFP4, since_10(8)},
    {ElementType::float8e8m0, DataType::kE8M0, since_10(12)},
};

}  // namespace

bool to_tensorrt(ElementType type, DataType& out) {
  const auto found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const Pair& it) { return it.ours == type; });
  if (found == std::end(kTypes) || version().number() < found->since) return false;
  out = found->theirs;
  return true;
}

ElementType from_tensorrt(DataType type) {
  const auto found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [&](const Pair& it) { return it.theirs == type; });
  return found == std::end(kTypes) ? ElementType::unknown : found->ours;
}

nvinfer1::Dims to_dims(const std::vector<int64_t>& dims) {
  nvinfer1::Dims out{};
  out.nbDims = static_cast<int32_t>(std::min<size_t>(dims.size(), nvinfer1::Dims::MAX_DIMS));
  std::copy_n(dims.begin(), out.nbDims, out.d);
  return out;
}

std::vector<int64_t> from_dims(const nvinfer1::Dims& dims) { return {dims.d, dims.d + std::max(0, dims.nbDims)}; }

std::string show(const std::vector<int64_t>& dims) {
  std::string text;
  for (const int64_t dim : dims) text += (text.empty() ? "" : ", ") + std::to_string(dim);
  return "[" + text + "]";
}

bool is_dynamic(const std::vector<int64_t>& dims) {
  return std::any_of(dims.begin(), dims.end(), [](int64_t dim) { return dim < 0; });
}

size_t bytes_of(DataType type, const std::vector<int64_t>& dims) {
  size_t bytes = 0;
  return tensor_bytes(from_tensorrt(type), dims, bytes) ? bytes : 0;
}

}  // namespace enginery::emulator
