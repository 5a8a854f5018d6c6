// The shapes of a model's outputs for given inputs.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/runner.h"
#include "emulator/tensorrt/model.h"
#include "emulator/tensorrt/plan.h"

namespace enginery::emulator {

// One input of a run: its shape, and of a shape tensor its bytes.
struct ShapeInput {
  const PlanTensor* tensor = nullptr;
  std::vector<int64_t> dims;
  std::string values;
};

struct ShapeOutput {
  std::vector<int64_t> dims;  // -1 where they depend on data
  size_t most_bytes = 0;
  std::string values;  // of a shape tensor: its bytes
};

using ShapeOutputs = std::map<std::string, ShapeOutput>;

// Every shape is found once, by a run of the model over ones, and then known; without a model (with a real driver) by
// the names of the dimensions. Any number of threads.
class OutputShapes {
 public:
  explicit OutputShapes(const Plan& plan) : plan_(plan) {}

  // Null, and why, where the model cannot run with these shapes.
  std::shared_ptr<const ShapeOutputs> find(const std::vector<ShapeInput>& inputs, const Model* model,
                                           std::string& reason);

 private:
  const Plan& plan_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const ShapeOutputs>> known_;
};

}  // namespace enginery::emulator
