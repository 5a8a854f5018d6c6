// Whether this machine takes a plan, as far as its header tells.
#pragma once

#include "tensorrt/execution.h"
#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Gives an EngineryBridgeStatus. Only TensorRT-RTX can tell; the reasons that it gives become lines in the log.
// Enterprise logs its own when it loads the plan.
int32_t check_validity(Operation& operation, const nvinfer1::IRuntime& runtime, const EngineryBridgePlan& plan);

}  // namespace enginery
