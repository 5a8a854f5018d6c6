// Plugin libraries: NVIDIA's own, and those the caller names.
#pragma once

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Registers NVIDIA's plugins where their library was found, then loads each `plugins` setting. Once per process and
// library: TensorRT complains of creators it has already.
int32_t load_plugins(Operation& operation, const EngineryBridgeBuild& build, nvinfer1::IBuilder& builder);

}  // namespace enginery
