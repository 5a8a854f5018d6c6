// The CUDA driver as the emulated TensorRT sees it: the emulated one with its control functions, or a real one, which
// has none (control.h).
#pragma once

#include <cstdint>

#include "emulator/control.h"

namespace enginery::emulator {

// clang-format off
#define ENGINERY_EMULATOR_DRIVER(FUNCTION) \
  FUNCTION(cuInit)                         \
  FUNCTION(cuDeviceGetCount)               \
  FUNCTION(cuDeviceGetAttribute)           \
  FUNCTION(cuCtxGetCurrent)                \
  FUNCTION(cuCtxGetDevice)                 \
  FUNCTION(cuMemGetInfo_v2)                \
  FUNCTION(cuMemAlloc_v2)                  \
  FUNCTION(cuMemFree_v2)                   \
  FUNCTION(cuMemcpyDtoDAsync_v2)           \
  FUNCTION(cuPointerGetAttribute)          \
  FUNCTION(cuEventRecord)                  \
  FUNCTION(cuStreamSynchronize)            \
  FUNCTION(cuStreamIsCapturing)

#define ENGINERY_EMULATOR_CONTROL(FUNCTION) \
  FUNCTION(emuLaunch)                       \
  FUNCTION(emuMemory)                       \
  FUNCTION(emuReport)                       \
  FUNCTION(emuObject)                       \
  FUNCTION(emuFault)
// clang-format on

struct Driver {
#define ENGINERY_EMULATOR_MEMBER(name) decltype(&::name) name = nullptr;
  ENGINERY_EMULATOR_DRIVER(ENGINERY_EMULATOR_MEMBER)
  ENGINERY_EMULATOR_CONTROL(ENGINERY_EMULATOR_MEMBER)
#undef ENGINERY_EMULATOR_MEMBER

  bool emulated() const { return emuLaunch != nullptr; }
};

// Null where there is no driver. One that the process has loaded already counts, whichever it is; otherwise it is the
// one that ENGINERY_CUDA_LIBRARY names, or the machine's.
const Driver* driver();

// As above, and initialised, with a device; null otherwise.
const Driver* usable_driver();

// 89 for 8.9: of the current context's device, or of the first where none is current, as NVIDIA's CUDA runtime does.
int32_t current_compute_capability(const Driver& driver);

}  // namespace enginery::emulator
