// A network: what the parser read of the model.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calls.h"
#include "emulator/tensorrt/onnx_graph.h"
#include "emulator/tensorrt/plan.h"

namespace enginery::emulator {

class Tensor final : public TensorCalls {
 public:
  Tensor(ILogger& logger, PlanTensor description) : TensorCalls(logger), description_(std::move(description)) {}

  const PlanTensor& description() const { return description_; }

 private:
  const char* do_getName() const noexcept override { return description_.name.c_str(); }
  Dims do_getDimensions() const noexcept override;
  DataType do_getType() const noexcept override { return description_.type; }
  bool do_isNetworkInput() const noexcept override { return !description_.output; }
  bool do_isNetworkOutput() const noexcept override { return description_.output; }
  bool do_isShapeTensor() const noexcept override { return description_.shape; }
  bool do_isExecutionTensor() const noexcept override { return !description_.shape; }

  const PlanTensor description_;
};

class Network final : public NetworkDefinitionCalls {
 public:
  Network(ILogger& logger, IBuilder& builder, const Dependents& networks, NetworkDefinitionCreationFlags flags)
      : NetworkDefinitionCalls(logger), builder_(builder), one_(networks), flags_(flags) {}
  ~Network() override;

  // By the parser, which must go before the network.
  void fill(std::vector<PlanTensor> tensors, OnnxGraph graph, std::string model, std::string path);
  const Dependents& parsers() const { return parsers_; }

  bool filled() const { return !model_.empty(); }
  const OnnxGraph& graph() const { return graph_; }
  // With the network's part filled in.
  Plan plan() const;

 private:
  int32_t do_getNbInputs() const noexcept override { return static_cast<int32_t>(inputs_.size()); }
  int32_t do_getNbOutputs() const noexcept override { return static_cast<int32_t>(outputs_.size()); }
  int32_t do_getNbLayers() const noexcept override { return static_cast<int32_t>(graph_.nodes.size()); }
  ITensor* do_getInput(int32_t index) const noexcept override;
  ITensor* do_getOutput(int32_t index) const noexcept override;
  void do_setName(const char* name) noexcept override { name_ = name; }
  const char* do_getName() const noexcept override { return name_.c_str(); }
  NetworkDefinitionCreationFlags do_getFlags() const noexcept override { return flags_; }
  bool do_getFlag(NetworkDefinitionCreationFlag flag) const noexcept override;
  IBuilder& do_getBuilder() const noexcept override { return builder_; }

  IBuilder& builder_;
  const Dependents::One one_;
  const NetworkDefinitionCreationFlags flags_;
  std::string name_ = "Unnamed Network 0";
  std::vector<std::unique_ptr<Tensor>> inputs_;
  std::vector<std::unique_ptr<Tensor>> outputs_;
  OnnxGraph graph_;
  std::string model_;
  std::string path_;
  const Dependents parsers_;
};

}  // namespace enginery::emulator
