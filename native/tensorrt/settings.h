// Builder and parser settings by name. Every setter is read back, because TensorRT-RTX accepts settings it then
// ignores.
#pragma once

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Applies all settings in order. A name this family or library version does not have, a value that reads back
// otherwise, or an error logged by the setter is ENGINERY_BRIDGE_SETTING_REFUSED.
int32_t apply_settings(Operation& operation, const EngineryBridgeBuild& build, nvinfer1::IBuilderConfig& config,
                       nvonnxparser::IParser& parser);

}  // namespace enginery
