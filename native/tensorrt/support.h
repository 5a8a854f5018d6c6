// Which nodes of a model the parser takes.
#pragma once

#include "tensorrt/operation.h"

namespace enginery {

int32_t describe_support(Operation& operation, const EngineryBridgeBuild& build);

}  // namespace enginery
