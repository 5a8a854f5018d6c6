// New weights for an engine, from a model.
#pragma once

#include "tensorrt/engine.h"
#include "tensorrt/execution.h"
#include "tensorrt/operation.h"

namespace enginery {

// As in execution.h.
int32_t refit_engine(Operation& operation, const Engine& engine, const EngineryBridgeRefit& refit);

}  // namespace enginery
