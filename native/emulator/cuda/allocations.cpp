#include <algorithm>

#include "cuda/call.h"
#include "cuda/settings.h"

namespace emulator {
namespace {

Device& device_of(const Context& context) { return machine().devices[static_cast<size_t>(context.device)]; }

CUresult allocate_now(Call& call, size_t size, bool pinned, std::shared_ptr<Allocation>& out) {
  if (const CUresult refused = refuse_in_capture(call)) return refused;
  return allocate(size, pinned, false, call.context, out);
}

// Live memory of the kind that starts at the address.
CUresult find_to_free(Call& call, uint64_t address, bool pinned, std::shared_ptr<Allocation>& out) {
  out = allocation_at(address);
  if (out != nullptr && out->address == address && out->pinned == pinned && !out->leaving) return CUDA_SUCCESS;
  call.report("frees what is not the start of live " + std::string(pinned ? "pinned" : "device") +
              " memory: freed before, or never allocated");
  return CUDA_ERROR_INVALID_VALUE;
}

CUresult attribute(const Allocation& memory, CUdeviceptr pointer, CUpointer_attribute which, void* out) {
  switch (which) {
    case CU_POINTER_ATTRIBUTE_CONTEXT:
      *static_cast<CUcontext*>(out) = machine().contexts.handle(*memory.context);
      return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
      *static_cast<unsigned int*>(out) = memory.pinned ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
      return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER:
      *static_cast<CUdeviceptr*>(out) = pointer;
      return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
      if (!memory.pinned) return CUDA_ERROR_INVALID_VALUE;
      *static_cast<void**>(out) = reinterpret_cast<void*>(pointer);
      return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
      *static_cast<int*>(out) = memory.context->device;
      return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR:
      *static_cast<CUdeviceptr*>(out) = memory.address;
      return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE:
      *static_cast<size_t*>(out) = memory.size;
      return CUDA_SUCCESS;
    default:
      return CUDA_ERROR_INVALID_VALUE;
  }
}

}  // namespace
}  // namespace emulator

using namespace emulator;

CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
  return driver_call("cuMemGetInfo", Needs::kContext, [&](Call& call) -> CUresult {
    if (free == nullptr || total == nullptr) return CUDA_ERROR_INVALID_VALUE;
    const Device& device = device_of(*call.context);
    *total = device_memory(device.ordinal);
    *free = *total - std::min(*total, device.used + device.pool_reserve);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemAlloc_v2(CUdeviceptr* pointer, size_t size) {
  return driver_call("cuMemAlloc", Needs::kContext, [&](Call& call) -> CUresult {
    if (pointer == nullptr) return CUDA_ERROR_INVALID_VALUE;
    std::shared_ptr<Allocation> fresh;
    if (const CUresult status = allocate_now(call, size, false, fresh)) return status;
    *pointer = fresh->address;
    return CUDA_SUCCESS;
  });
}

CUresult cuMemFree_v2(CUdeviceptr pointer) {
  return driver_call("cuMemFree", Needs::kContext, [&](Call& call) -> CUresult {
    if (const CUresult refused = refuse_in_capture(call)) return refused;
    std::shared_ptr<Allocation> memory;
    if (const CUresult status = find_to_free(call, pointer, false, memory)) return status;
    check_unused(*memory, nullptr, call.name);
    forget(*memory);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemHostAlloc(void** pointer, size_t size, unsigned int flags) {
  return driver_call("cuMemHostAlloc", Needs::kContext, [&](Call& call) -> CUresult {
    const unsigned int known = CU_MEMHOSTALLOC_PORTABLE | CU_MEMHOSTALLOC_DEVICEMAP | CU_MEMHOSTALLOC_WRITECOMBINED;
    if (pointer == nullptr || (flags & ~known) != 0) return CUDA_ERROR_INVALID_VALUE;
    std::shared_ptr<Allocation> fresh;
    if (const CUresult status = allocate_now(call, size, true, fresh)) return status;
    *pointer = fresh->bytes;
    return CUDA_SUCCESS;
  });
}

CUresult cuMemFreeHost(void* pointer) {
  return driver_call("cuMemFreeHost", Needs::kContext, [&](Call& call) -> CUresult {
    if (const CUresult refused = refuse_in_capture(call)) return refused;
    std::shared_ptr<Allocation> memory;
    if (const CUresult status = find_to_free(call, reinterpret_cast<uint64_t>(pointer), true, memory)) return status;
    if (!check_unused(*memory, nullptr, call.name)) spoil({memory->bytes, memory->size, nullptr});
    forget(*memory);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* pointer, unsigned int flags) {
  return driver_call("cuMemHostGetDevicePointer", Needs::kContext, [&](Call&) -> CUresult {
    const std::shared_ptr<Allocation> memory = allocation_at(reinterpret_cast<uint64_t>(pointer));
    if (device == nullptr || flags != 0 || memory == nullptr || !memory->pinned) return CUDA_ERROR_INVALID_VALUE;
    *device = reinterpret_cast<CUdeviceptr>(pointer);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemAllocAsync(CUdeviceptr* pointer, size_t size, CUstream handle) {
  return driver_call("cuMemAllocAsync", Needs::kContext, [&](Call& call) -> CUresult {
    if (pointer == nullptr) return CUDA_ERROR_INVALID_VALUE;
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_for_work(call, handle, stream)) return status;
    if (stream->capture != nullptr) {
      invalidate(call, *stream->capture, "allocates in a capture, which is not emulated");
      return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    std::shared_ptr<Allocation> fresh;
    if (const CUresult status = allocate(size, false, true, stream->context, fresh)) return status;
    *pointer = fresh->address;
    return enqueue(call, stream, Arrive{fresh});
  });
}

CUresult cuMemFreeAsync(CUdeviceptr pointer, CUstream handle) {
  return driver_call("cuMemFreeAsync", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_for_work(call, handle, stream)) return status;
    std::shared_ptr<Allocation> memory;
    if (const CUresult status = find_to_free(call, pointer, false, memory)) return status;
    if (stream->capture != nullptr) {
      invalidate(call, *stream->capture, "frees memory of no graph in a capture");
      return CUDA_ERROR_INVALID_VALUE;
    }
    memory->leaving = true;
    return enqueue(call, stream, Leave{memory});
  });
}

CUresult cuPointerGetAttribute(void* data, CUpointer_attribute which, CUdeviceptr pointer) {
  return driver_call("cuPointerGetAttribute", Needs::kContext, [&](Call&) -> CUresult {
    const std::shared_ptr<Allocation> memory = allocation_at(pointer);
    if (data == nullptr || memory == nullptr) return CUDA_ERROR_INVALID_VALUE;
    return attribute(*memory, pointer, which, data);
  });
}
