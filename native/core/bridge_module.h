// Our bridge modules (enginery_trt_<family>.so), found beside the module this code is linked into.
#pragma once

#include <string>
#include <vector>

#include "core/status.h"
#include "tensorrt/bridge.h"

namespace enginery {

// "rtx" for TensorRT-RTX 1.x, "ent10" and "ent11" for Enterprise; empty for a version of no family known here. RTX 1.4
// and older belong to none: 1.5 changed the ABI.
std::string family_of(const std::string& product, int32_t version);

// The families whose module is installed.
std::vector<std::string> installed_families();

// Loads the module (again is cheap) and checks that it is ours and of this build's ABI.
Status load_bridge(const std::string& family, const EngineryBridge*& out);

}  // namespace enginery
