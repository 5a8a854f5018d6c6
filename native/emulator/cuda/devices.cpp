#include <algorithm>
#include <cstring>

#include "cuda/call.h"
#include "cuda/settings.h"

namespace emulator {
namespace {

CUresult attribute(CUdevice_attribute which, CUdevice ordinal, const DeviceSettings& device, int& value) {
  switch (which) {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
      value = device.major;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
      value = device.minor;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_PCI_BUS_ID:
      value = ordinal + 1;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID:
    case CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID:
    case CU_DEVICE_ATTRIBUTE_INTEGRATED:
    case CU_DEVICE_ATTRIBUTE_COMPUTE_MODE:
      value = 0;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
    case CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY:
    case CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED:
    case CU_DEVICE_ATTRIBUTE_STREAM_PRIORITIES_SUPPORTED:
      value = 1;
      return CUDA_SUCCESS;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
      value = 16;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

}  // namespace
}  // namespace emulator

using namespace emulator;

CUresult cuInit(unsigned int flags) {
  return driver_call("cuInit", Needs::kNothing, [&](Call&) -> CUresult {
    if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
    if (device_count() == 0) return CUDA_ERROR_NO_DEVICE;
    machine().initialised = true;
    return CUDA_SUCCESS;
  });
}

CUresult cuDriverGetVersion(int* version) {
  return driver_call("cuDriverGetVersion", Needs::kNothing, [&](Call&) -> CUresult {
    if (version == nullptr) return CUDA_ERROR_INVALID_VALUE;
    *version = settings().driver_version;
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetCount(int* count) {
  return driver_call("cuDeviceGetCount", Needs::kDriver, [&](Call&) -> CUresult {
    if (count == nullptr) return CUDA_ERROR_INVALID_VALUE;
    *count = device_count();
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  return driver_call("cuDeviceGet", Needs::kDriver, [&](Call&) -> CUresult {
    if (device == nullptr) return CUDA_ERROR_INVALID_VALUE;
    DeviceSettings found;
    if (!find_device(ordinal, found)) return CUDA_ERROR_INVALID_DEVICE;
    *device = ordinal;
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetName(char* name, int size, CUdevice device) {
  return driver_call("cuDeviceGetName", Needs::kDriver, [&](Call&) -> CUresult {
    if (name == nullptr || size <= 0) return CUDA_ERROR_INVALID_VALUE;
    DeviceSettings found;
    if (!find_device(device, found)) return CUDA_ERROR_INVALID_DEVICE;
    const size_t length = std::min(found.name.size(), static_cast<size_t>(size) - 1);
    std::memcpy(name, found.name.data(), length);
    name[length] = '\0';
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute which, CUdevice device) {
  return driver_call("cuDeviceGetAttribute", Needs::kDriver, [&](Call&) -> CUresult {
    if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
    DeviceSettings found;
    if (!find_device(device, found)) return CUDA_ERROR_INVALID_DEVICE;
    return attribute(which, device, found, *value);
  });
}

CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
  return driver_call("cuDeviceTotalMem", Needs::kDriver, [&](Call&) -> CUresult {
    if (bytes == nullptr) return CUDA_ERROR_INVALID_VALUE;
    DeviceSettings found;
    if (!find_device(device, found)) return CUDA_ERROR_INVALID_DEVICE;
    *bytes = found.memory;
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) {
  return driver_call("cuDeviceGetUuid", Needs::kDriver, [&](Call&) -> CUresult {
    if (uuid == nullptr) return CUDA_ERROR_INVALID_VALUE;
    DeviceSettings found;
    if (!find_device(device, found)) return CUDA_ERROR_INVALID_DEVICE;
    std::memset(uuid->bytes, 0xE0 + device, sizeof uuid->bytes);
    return CUDA_SUCCESS;
  });
}
