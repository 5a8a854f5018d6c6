// What this module gives for EngineryBridge::execution.
#pragma once

#include "tensorrt/execution.h"

namespace enginery {

extern const EngineryBridgeExecution kExecution;

}  // namespace enginery
