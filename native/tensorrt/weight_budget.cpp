#include "tensorrt/weight_budget.h"

#include <algorithm>
#include <string>

#include "tensorrt/execution.h"

namespace enginery {

bool set_weight_budget(Operation& operation, nvinfer1::ICudaEngine& engine, int64_t budget, int64_t& streamed) {
  if (!ENGINERY_ENTERPRISE) {
    operation.error("TensorRT-RTX does not stream weights");
    return false;
  }
  if (operation.library.version < version_number(10, 1)) {
    operation.error("TensorRT takes a budget for weights from 10.1 on");
    return false;
  }
  const int errors = operation.errors;
  const int64_t streamable = engine.getStreamableWeightsSize();
  if (streamable <= 0) {
    operation.error("The engine has no weights that can be streamed: build it with weightStreaming");
    return false;
  }
  if (budget == ENGINERY_BRIDGE_AUTOMATIC_BUDGET) budget = engine.getWeightStreamingAutomaticBudget();
  const int64_t most = std::min(budget, streamable);
  if (!engine.setWeightStreamingBudgetV2(most)) return false;
  const int64_t taken = engine.getWeightStreamingBudgetV2();
  if (operation.errors != errors) return false;  // 0 may be a budget, or that none could be told
  if (taken > most) {
    operation.error("TensorRT keeps " + std::to_string(taken) + " bytes of weights where " + std::to_string(most) +
                    " were asked for");
    return false;
  }
  streamed = streamable - taken;
  return true;
}

}  // namespace enginery
