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
using CudaDevice = int32_t;

constexpr CudaResult kCudaSuccess = 0;
constexpr CudaResult kCudaNoDevice = 100;
constexpr int32_t kCudaComputeCapabilityMajor = 75;
constexpr int32_t kCudaComputeCapabilityMinor = 76;

struct CudaDriver {
  CudaResult (*cuInit)(uint32_t flags) = nullptr;
  CudaResult (*cuDriverGetVersion)(int32_t* version) = nullptr;
  CudaResult (*cuDeviceGetCount)(int32_t* count) = nullptr;
  CudaResult (*cuDeviceGet)(CudaDevice* device, int32_t ordinal) = nullptr;
  CudaResult (*cuDeviceGetName)(char* name, int32_t size, CudaDevice device) = nullptr;
  CudaResult (*cuDeviceGetAttribute)(int32_t* value, int32_t attribute, CudaDevice device) = nullptr;
  CudaResult (*cuDeviceTotalMem_v2)(size_t* bytes, CudaDevice device) = nullptr;
  CudaResult (*cuGetErrorName)(CudaResult error, const char** name) = nullptr;
  CudaResult (*cuGetErrorString)(CudaResult error, const char** text) = nullptr;

  SharedLibrary library;

  // Opens libcuda.so.1 (or whatever `path` names) and fills the table; initialises nothing. A missing function is
  // ENGINERY_LIBRARY_UNUSABLE.
  static Status load(const std::string& path, CudaDriver& out);

  // "CUDA_ERROR_NO_DEVICE (100): no CUDA-capable device is detected".
  std::string describe(CudaResult result) const;
};

struct DeviceInfo {
  std::string name;
  std::string compute_capability;  // "8.9"
  uint64_t memory_bytes = 0;
};

struct DriverInfo {
  std::string cuda_version;  // what the driver supports: "13.0"
  std::vector<DeviceInfo> devices;
};

// Initialises the driver and lists its devices; makes no context. A driver that cannot be initialised or that sees no
// device is ENGINERY_DEVICE_UNAVAILABLE. A broken driver can crash or hang here: call it in a child process first.
Status describe_driver(const std::string& path, DriverInfo& out);

}  // namespace enginery
