// Whether this machine takes a plan, as far as its header tells.
#pragma once

#include "tensorrt/execution.h"
#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Only TensorRT-RTX can tell; the reasons that it gives become lines in the log. Enterprise logs its own when it loads
// the plan.
bool is_valid(Operation& operation, const nvinfer1::IRuntime& runtime, const EngineryBridgePlan& plan);

}  // namespace enginery
