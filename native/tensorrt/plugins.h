// Plugin libraries: NVIDIA's own, and those the caller names.
#pragma once

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Registers NVIDIA's plugins for the process, where their library was found.
void register_plugins(const EngineryBridgeLibrary& library);

// Registers NVIDIA's plugins where their library was found, then loads each `plugins` setting. Every builder has a
// registry of its own, which ends with it and is the one its parser asks: what was loaded for another is not in it.
int32_t load_plugins(Operation& operation, const EngineryBridgeBuild& build, nvinfer1::IBuilder& builder);

}  // namespace enginery
