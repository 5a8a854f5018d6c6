#include "cuda/call.h"

namespace emulator {
namespace {

bool of_device(uint64_t address) { return address >> 48 != 0; }

CUresult device_range(Call& call, const Stream& stream, CUdeviceptr address, size_t size, Range& out) {
  if (const CUresult status = find_range(call.name, *stream.context, address, size, out)) return status;
  return CUDA_SUCCESS;
}

// Host memory: pinned, or pageable with a report.
CUresult host_range(Call& call, const Stream& stream, const void* pointer, size_t size, Range& out) {
  const uint64_t address = reinterpret_cast<uint64_t>(pointer);
  if (pointer == nullptr || of_device(address)) {
    call.report("the address of the host memory is none");
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (allocation_at(address) != nullptr) return device_range(call, stream, address, size, out);
  call.report("copies from or to host memory that is not pinned: it is not asynchronous");
  out = {static_cast<std::byte*>(const_cast<void*>(pointer)), size, nullptr};
  return CUDA_SUCCESS;
}

// An address of any kind.
CUresult any_range(Call& call, const Stream& stream, CUdeviceptr address, size_t size, Range& out) {
  if (of_device(address)) return device_range(call, stream, address, size, out);
  return host_range(call, stream, reinterpret_cast<const void*>(address), size, out);
}

// Pageable memory is read before the call returns, and written as well.
CUresult copy(Call& call, const std::shared_ptr<Stream>& stream, const Range& to, const Range& from) {
  Copy work{to, from, {}};
  if (from.allocation == nullptr) work.staged.assign(from.bytes, from.bytes + from.size);
  const bool waits = to.allocation == nullptr && stream->capture == nullptr;
  if (const CUresult status = enqueue(call, stream, std::move(work))) return status;
  return waits ? wait_for(call, *stream) : CUDA_SUCCESS;
}

template <typename FindTo, typename FindFrom>
CUresult copy_call(const char* name, CUstream handle, size_t size, const FindTo& find_to, const FindFrom& find_from) {
  return driver_call(name, Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_for_work(call, handle, stream)) return status;
    if (size == 0) return CUDA_SUCCESS;
    Range to;
    Range from;
    if (const CUresult status = find_to(call, *stream, to)) return status;
    if (const CUresult status = find_from(call, *stream, from)) return status;
    return copy(call, stream, to, from);
  });
}

}  // namespace
}  // namespace emulator

using namespace emulator;

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t size, CUstream stream) {
  return copy_call(
      "cuMemcpyHtoDAsync", stream, size,
      [&](Call& call, const Stream& on, Range& out) { return device_range(call, on, to, size, out); },
      [&](Call& call, const Stream& on, Range& out) { return host_range(call, on, from, size, out); });
}

CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t size, CUstream stream) {
  return copy_call(
      "cuMemcpyDtoHAsync", stream, size,
      [&](Call& call, const Stream& on, Range& out) { return host_range(call, on, to, size, out); },
      [&](Call& call, const Stream& on, Range& out) { return device_range(call, on, from, size, out); });
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream) {
  return copy_call(
      "cuMemcpyDtoDAsync", stream, size,
      [&](Call& call, const Stream& on, Range& out) { return device_range(call, on, to, size, out); },
      [&](Call& call, const Stream& on, Range& out) { return device_range(call, on, from, size, out); });
}

CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream stream) {
  return copy_call(
      "cuMemcpyAsync", stream, size,
      [&](Call& call, const Stream& on, Range& out) { return any_range(call, on, to, size, out); },
      [&](Call& call, const Stream& on, Range& out) { return any_range(call, on, from, size, out); });
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t size, CUstream handle) {
  return driver_call("cuMemsetD8Async", Needs::kContext, [&](Call& call) -> CUresult {
    std::shared_ptr<Stream> stream;
    if (const CUresult status = stream_for_work(call, handle, stream)) return status;
    if (size == 0) return CUDA_SUCCESS;
    Range range;
    if (const CUresult status = device_range(call, *stream, to, size, range)) return status;
    return enqueue(call, stream, Fill{range, value});
  });
}
