// The default memory pool of each device. What it keeps when memory is freed counts as in use.
#include <algorithm>

#include "cuda/call.h"
#include "cuda/settings.h"

namespace emulator {
namespace {

constexpr uint64_t kTag = uint64_t{0x27} << 48;

CUresult find_pool(const Call& call, CUmemoryPool handle, Device*& out) {
  std::vector<Device>& devices = machine().devices;
  const uint64_t ordinal = reinterpret_cast<uint64_t>(handle) - kTag;
  if (ordinal >= devices.size()) {
    call.report("the handle is that of no memory pool");
    return CUDA_ERROR_INVALID_VALUE;
  }
  out = &devices[ordinal];
  return CUDA_SUCCESS;
}

}  // namespace
}  // namespace emulator

using namespace emulator;

CUresult cuDeviceGetDefaultMemPool(CUmemoryPool* pool, CUdevice device) {
  return driver_call("cuDeviceGetDefaultMemPool", Needs::kDriver, [&](Call&) -> CUresult {
    if (pool == nullptr) return CUDA_ERROR_INVALID_VALUE;
    if (device < 0 || device >= device_count()) return CUDA_ERROR_INVALID_DEVICE;
    *pool = reinterpret_cast<CUmemoryPool>(kTag + static_cast<uint64_t>(device));
    return CUDA_SUCCESS;
  });
}

CUresult cuMemPoolSetAttribute(CUmemoryPool handle, CUmemPool_attribute which, void* value) {
  return driver_call("cuMemPoolSetAttribute", Needs::kDriver, [&](Call& call) -> CUresult {
    Device* device = nullptr;
    if (value == nullptr || which != CU_MEMPOOL_ATTR_RELEASE_THRESHOLD) return CUDA_ERROR_INVALID_VALUE;
    if (const CUresult status = find_pool(call, handle, device)) return status;
    device->pool_threshold = *static_cast<cuuint64_t*>(value);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemPoolTrimTo(CUmemoryPool handle, size_t keep) {
  return driver_call("cuMemPoolTrimTo", Needs::kDriver, [&](Call& call) -> CUresult {
    Device* device = nullptr;
    if (const CUresult status = find_pool(call, handle, device)) return status;
    device->pool_reserve = std::min(device->pool_reserve, keep);
    return CUDA_SUCCESS;
  });
}
