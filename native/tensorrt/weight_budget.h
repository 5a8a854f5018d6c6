// How much of an engine's weights lies in the device's memory.
#pragma once

#include <cstdint>

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Before there is any context. False where it cannot be set: why is in the log. `streamed`: bytes that lie elsewhere.
bool set_weight_budget(Operation& operation, nvinfer1::ICudaEngine& engine, int64_t budget, int64_t& streamed);

}  // namespace enginery
