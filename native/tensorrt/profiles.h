// Optimization profiles: the ranges of shapes, and of shape tensors' contents, an engine is built for.
#pragma once

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Adds build.profiles profiles to `config`. What TensorRT rejects is ENGINERY_BRIDGE_PROFILE_REFUSED with the input's
// name.
int32_t add_profiles(Operation& operation, const EngineryBridgeBuild& build, nvinfer1::IBuilder& builder,
                     nvinfer1::IBuilderConfig& config);

}  // namespace enginery
