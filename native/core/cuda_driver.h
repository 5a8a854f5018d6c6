// The CUDA driver API, by dlopen: no CUDA toolkit is needed to build, and nothing of NVIDIA's is linked.
//
// The declarations are ours; native/test/cuda_header_test.cpp compares them with NVIDIA's cuda.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/shared_library.h"
#include "core/status.h"

namespace enginery {

// Plain integers instead of enums: a driver newer than us returns numbers we have no name for.
using CudaResult = int32_t;
using CudaDeviceHandle = int32_t;
using CudaAddress = uint64_t;  // of the GPU's memory
using CudaContextHandle = struct CudaContextObject*;
using CudaStreamHandle = struct CudaStreamObject*;
using CudaEventHandle = struct CudaEventObject*;
using CudaGraphHandle = struct CudaGraphObject*;
using CudaGraphExecHandle = struct CudaGraphExecObject*;

constexpr CudaResult kCudaSuccess = 0;
constexpr CudaResult kCudaOutOfMemory = 2;
constexpr CudaResult kCudaNoDevice = 100;
constexpr int32_t kCudaComputeCapabilityMajor = 75;
constexpr int32_t kCudaComputeCapabilityMinor = 76;
constexpr uint32_t kCudaStreamNonBlocking = 1;
constexpr uint32_t kCudaEventBlockingSync = 1;
constexpr uint32_t kCudaEventDisableTiming = 2;

// FUNCTION(name, parameters); each gives a CudaResult.
// clang-format off

// What describe_driver() needs.
#define ENGINERY_CUDA_DESCRIPTION(FUNCTION)                                                                        \
  FUNCTION(cuInit, (uint32_t flags))                                                                               \
  FUNCTION(cuDriverGetVersion, (int32_t* version))                                                                 \
  FUNCTION(cuDeviceGetCount, (int32_t* count))                                                                     \
  FUNCTION(cuDeviceGet, (CudaDeviceHandle* device, int32_t ordinal))                                               \
  FUNCTION(cuDeviceGetName, (char* name, int32_t size, CudaDeviceHandle device))                                   \
  FUNCTION(cuDeviceGetAttribute, (int32_t* value, int32_t attribute, CudaDeviceHandle device))                     \
  FUNCTION(cuDeviceTotalMem_v2, (size_t* bytes, CudaDeviceHandle device))                                          \
  FUNCTION(cuGetErrorName, (CudaResult error, const char** name))                                                  \
  FUNCTION(cuGetErrorString, (CudaResult error, const char** text))

// What running models needs; drivers of CUDA 11.4 and later have all of it.
#define ENGINERY_CUDA_EXECUTION(FUNCTION)                                                                          \
  FUNCTION(cuDevicePrimaryCtxRetain, (CudaContextHandle* context, CudaDeviceHandle device))                        \
  FUNCTION(cuDevicePrimaryCtxRelease_v2, (CudaDeviceHandle device))                                                \
  FUNCTION(cuCtxSetCurrent, (CudaContextHandle context))                                                           \
  FUNCTION(cuCtxGetCurrent, (CudaContextHandle* context))                                                          \
  FUNCTION(cuMemGetInfo_v2, (size_t* free, size_t* total))                                                         \
  FUNCTION(cuMemAlloc_v2, (CudaAddress* memory, size_t bytes))                                                     \
  FUNCTION(cuMemFree_v2, (CudaAddress memory))                                                                     \
  FUNCTION(cuMemHostAlloc, (void** memory, size_t bytes, uint32_t flags))                                          \
  FUNCTION(cuMemFreeHost, (void* memory))                                                                          \
  FUNCTION(cuMemcpyHtoDAsync_v2, (CudaAddress to, const void* from, size_t bytes, CudaStreamHandle stream))        \
  FUNCTION(cuMemcpyDtoHAsync_v2, (void* to, CudaAddress from, size_t bytes, CudaStreamHandle stream))              \
  FUNCTION(cuStreamCreate, (CudaStreamHandle* stream, uint32_t flags))                                             \
  FUNCTION(cuStreamDestroy_v2, (CudaStreamHandle stream))                                                          \
  FUNCTION(cuStreamSynchronize, (CudaStreamHandle stream))                                                         \
  FUNCTION(cuEventCreate, (CudaEventHandle* event, uint32_t flags))                                                \
  FUNCTION(cuEventDestroy_v2, (CudaEventHandle event))                                                             \
  FUNCTION(cuEventRecord, (CudaEventHandle event, CudaStreamHandle stream))                                        \
  FUNCTION(cuEventSynchronize, (CudaEventHandle event))                                                            \
  FUNCTION(cuStreamBeginCapture_v2, (CudaStreamHandle stream, int32_t mode))                                       \
  FUNCTION(cuStreamEndCapture, (CudaStreamHandle stream, CudaGraphHandle* graph))                                  \
  FUNCTION(cuGraphInstantiateWithFlags, (CudaGraphExecHandle* executable, CudaGraphHandle graph, uint64_t flags))  \
  FUNCTION(cuGraphLaunch, (CudaGraphExecHandle executable, CudaStreamHandle stream))                               \
  FUNCTION(cuGraphExecDestroy, (CudaGraphExecHandle executable))                                                   \
  FUNCTION(cuGraphDestroy, (CudaGraphHandle graph))

// Errors after which a context is of no use, as ERROR(name, number). Most are sticky: every later call gives them again.
// All after which cuda.h says that the process must be relaunched are among them.
#define ENGINERY_CUDA_STICKY_ERRORS(ERROR) \
  ERROR(ECC_UNCORRECTABLE, 214)            \
  ERROR(NVLINK_UNCORRECTABLE, 220)         \
  ERROR(CONTAINED, 226)                    \
  ERROR(ILLEGAL_ADDRESS, 700)              \
  ERROR(LAUNCH_TIMEOUT, 702)               \
  ERROR(CONTEXT_IS_DESTROYED, 709)         \
  ERROR(ASSERT, 710)                       \
  ERROR(HARDWARE_STACK_ERROR, 714)         \
  ERROR(ILLEGAL_INSTRUCTION, 715)          \
  ERROR(MISALIGNED_ADDRESS, 716)           \
  ERROR(INVALID_ADDRESS_SPACE, 717)        \
  ERROR(INVALID_PC, 718)                   \
  ERROR(LAUNCH_FAILED, 719)                \
  ERROR(TENSOR_MEMORY_LEAK, 721)           \
  ERROR(MPS_CLIENT_TERMINATED, 810)        \
  ERROR(EXTERNAL_DEVICE, 911)
// clang-format on

bool is_sticky(CudaResult result);

struct DeviceInfo {
  std::string name;
  std::string compute_capability;  // "8.9"
  uint64_t memory_bytes = 0;
};

struct CudaDriver {
#define ENGINERY_CUDA_DECLARE(name, parameters) CudaResult(*name) parameters = nullptr;
  ENGINERY_CUDA_DESCRIPTION(ENGINERY_CUDA_DECLARE)
  ENGINERY_CUDA_EXECUTION(ENGINERY_CUDA_DECLARE)
#undef ENGINERY_CUDA_DECLARE

  SharedLibrary library;
  std::string path;

  // Opens libcuda.so.1 (or whatever `path` names) and fills the first part of the table; initialises nothing. A missing
  // function is ENGINERY_LIBRARY_UNUSABLE.
  static Status load(const std::string& path, CudaDriver& out);

  // Fills the rest.
  Status load_execution();

  // Calls cuInit and counts the devices. That fails, or none: ENGINERY_DEVICE_UNAVAILABLE.
  Status initialise(int32_t& devices) const;

  Status describe_device(int32_t ordinal, DeviceInfo& out) const;

  // "CUDA_ERROR_NO_DEVICE (100): no CUDA-capable device is detected".
  std::string describe(CudaResult result) const;

  // ENGINERY_DEVICE_UNAVAILABLE, as `function` gave `result`.
  Status unavailable(const char* function, CudaResult result) const;
};

struct DriverInfo {
  std::string cuda_version;  // what the driver supports: "13.0"
  std::vector<DeviceInfo> devices;
};

// Initialises the driver and lists its devices; makes no context. A driver that cannot be initialised or that sees no
// device is ENGINERY_DEVICE_UNAVAILABLE. A broken driver can crash or hang here: call it in a child process first.
Status describe_driver(const std::string& path, DriverInfo& out);

}  // namespace enginery
