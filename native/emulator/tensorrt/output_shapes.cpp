#include "emulator/tensorrt/output_shapes.h"

#include <cstring>

#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {
namespace {

// Not zeros: no division fails over ones, and NonZero finds the most it can.
template <typename Number>
std::string filled(size_t bytes, Number value) {
  std::string out(bytes, '\0');
  for (size_t at = 0; at + sizeof value <= bytes; at += sizeof value)
    std::memcpy(out.data() + at, &value, sizeof value);
  return out;
}

std::string ones(nvinfer1::DataType type, size_t bytes) {
  using nvinfer1::DataType;
  switch (type) {
    case DataType::kFLOAT:
      return filled(bytes, 1.0F);
    case DataType::kHALF:
      return filled<uint16_t>(bytes, 0x3c00);
    case DataType::kBF16:
      return filled<uint16_t>(bytes, 0x3f80);
    case DataType::kINT64:
      return filled<int64_t>(bytes, 1);
    case DataType::kINT32:
      return filled<int32_t>(bytes, 1);
    default:
      return filled<uint8_t>(bytes, 1);
  }
}

RunResult try_run(const Model& model, const Plan& plan, const std::vector<ShapeInput>& inputs, bool with_ones) {
  RunRequest request;
  for (const ShapeInput& input : inputs) {
    const size_t bytes = bytes_of(input.tensor->type, input.dims);
    auto data = std::make_shared<std::string>(with_ones ? ones(input.tensor->type, bytes) : std::string(bytes, '\0'));
    if (input.tensor->shape) *data = input.values;
    NamedTensor feed{input.tensor->name, {}};
    feed.tensor.type = from_tensorrt(input.tensor->type);
    feed.tensor.dims = input.dims;
    feed.tensor.data = data->data();
    feed.tensor.bytes = data->size();
    feed.tensor.owner = std::move(data);
    request.feeds.push_back(std::move(feed));
  }
  for (const PlanTensor& tensor : plan.tensors) {
    if (tensor.output) request.outputs.push_back(tensor.name);
  }
  return model.run(std::move(request));
}

std::map<std::string, int64_t> sizes_by_symbol(const std::vector<ShapeInput>& inputs) {
  std::map<std::string, int64_t> sizes;
  for (const ShapeInput& input : inputs) {
    for (size_t i = 0; i < input.tensor->symbols.size() && i < input.dims.size(); ++i) {
      if (!input.tensor->symbols[i].empty()) sizes[input.tensor->symbols[i]] = input.dims[i];
    }
  }
  return sizes;
}

std::vector<int64_t> by_symbols(const PlanTensor& output, const std::map<std::string, int64_t>& sizes) {
  std::vector<int64_t> dims = output.dims;
  for (size_t i = 0; i < dims.size() && i < output.symbols.size(); ++i) {
    const auto found = sizes.find(output.symbols[i]);
    if (dims[i] < 0 && found != sizes.end()) dims[i] = found->second;
  }
  return dims;
}

std::string key_of(const std::vector<ShapeInput>& inputs) {
  std::string key;
  for (const ShapeInput& input : inputs) key += show(input.dims) + input.values + ";";
  return key;
}

}  // namespace

std::shared_ptr<const ShapeOutputs> OutputShapes::find(const std::vector<ShapeInput>& inputs, const Model* model,
                                                       std::string& reason) {
  const std::string key = key_of(inputs);
  std::lock_guard lock(mutex_);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  RunResult result;
  if (model != nullptr) {
    result = try_run(*model, plan_, inputs, true);
    if (!result.status.ok()) result = try_run(*model, plan_, inputs, false);
    if (!result.status.ok()) {
      reason = result.status.message;
      return nullptr;
    }
  }
  const auto sizes = sizes_by_symbol(inputs);
  auto outputs = std::make_shared<ShapeOutputs>();
  size_t place = 0;
  for (const PlanTensor& tensor : plan_.tensors) {
    if (!tensor.output) continue;
    ShapeOutput& output = (*outputs)[tensor.name];
    const bool ran = model != nullptr;
    output.dims = tensor.data_dependent || !ran ? by_symbols(tensor, sizes) : result.outputs[place].dims;
    output.most_bytes = ran ? result.outputs[place].bytes : bytes_of(tensor.type, output.dims);
    if (ran && tensor.shape) {
      output.values.assign(static_cast<const char*>(result.outputs[place].data), result.outputs[place].bytes);
    }
    ++place;
  }
  return known_[key] = std::move(outputs);
}

}  // namespace enginery::emulator
