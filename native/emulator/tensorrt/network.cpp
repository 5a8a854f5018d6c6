#include "emulator/tensorrt/network.h"

#include <filesystem>

#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {

Dims Tensor::do_getDimensions() const noexcept { return to_dims(description_.dims); }

Network::~Network() {
  if (parsers_.any()) breach("INetworkDefinition is destroyed before its IParser");
}

void Network::fill(std::vector<PlanTensor> tensors, OnnxGraph graph, std::string model, std::string path) {
  for (PlanTensor& tensor : tensors) {
    auto& side = tensor.output ? outputs_ : inputs_;
    side.push_back(std::make_unique<Tensor>(logger(), std::move(tensor)));
  }
  graph_ = std::move(graph);
  model_ = std::move(model);
  path_ = std::move(path);
}

Plan Network::plan() const {
  Plan plan;
  plan.name = name_;
  for (const auto& side : {&inputs_, &outputs_}) {
    for (const auto& tensor : *side) plan.tensors.push_back(tensor->description());
  }
  if (graph_.has_external_data()) plan.model_path = std::filesystem::absolute(path_);
  plan.model = model_;
  return plan;
}

ITensor* Network::do_getInput(int32_t index) const noexcept {
  const auto place = static_cast<size_t>(index);
  return place < inputs_.size() ? inputs_[place].get() : nullptr;
}

ITensor* Network::do_getOutput(int32_t index) const noexcept {
  const auto place = static_cast<size_t>(index);
  return place < outputs_.size() ? outputs_[place].get() : nullptr;
}

bool Network::do_getFlag(NetworkDefinitionCreationFlag flag) const noexcept {
  return (flags_ >> static_cast<uint32_t>(flag) & 1) != 0;
}

}  // namespace enginery::emulator
