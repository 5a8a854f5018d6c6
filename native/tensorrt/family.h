// NVIDIA's headers for the ABI family this module is compiled for, and what that family has.
//
// CMake defines ENGINERY_FAMILY ("rtx", "ent11", "ent10") and ENGINERY_FAMILY_RTX, _ENT11 or _ENT10 = 1.
#pragma once

#include <NvInfer.h>
#include <NvOnnxParser.h>

#ifndef ENGINERY_FAMILY
#error "CMakeLists.txt defines ENGINERY_FAMILY for every bridge module"
#endif

// Whether the family has what NVIDIA documents for Enterprise TensorRT only, whatever the headers of RTX declare.
#ifdef ENGINERY_FAMILY_RTX
#define ENGINERY_ENTERPRISE 0
#else
#define ENGINERY_ENTERPRISE 1
#endif

namespace enginery {

constexpr int version_number(int major, int minor, int patch = 0) { return major * 10000 + minor * 100 + patch; }

// The version the headers belong to, as NV_TENSORRT_VERSION counts it in this family.
constexpr int kHeaderVersion = version_number(NV_TENSORRT_MAJOR, NV_TENSORRT_MINOR, NV_TENSORRT_PATCH);

}  // namespace enginery
