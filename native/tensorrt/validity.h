// Whether this machine takes a plan, as far as its header tells.
#pragma once

#include "tensorrt/execution.h"
#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Only TensorRT-RTX can tell: it names no reason when it does not load a plan. Every reason it gives here is a line in
// the log. Enterprise logs its reasons when it loads the plan.
bool is_valid(Operation& operation, const nvinfer1::IRuntime& runtime, const EngineryBridgePlan& plan);

}  // namespace enginery
