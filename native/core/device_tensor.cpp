#include "core/device_tensor.h"

#include <cstring>
#include <exception>
#include <utility>

#include "core/cuda_event.h"
#include "core/cuda_stream.h"
#include "core/device_threads.h"

namespace enginery {
namespace {

// Work of the device's that fills `to`, waited for.
Status copy_from_device(CudaDevice& device, const TensorBuffer& tensor, void* to) {
  std::unique_ptr<CudaEvent> done;
  std::unique_ptr<CudaStream> stream;  // ends first, and its work with it
  Status status = CudaStream::open(device.shared_from_this(), stream);
  if (status.ok()) status = CudaEvent::open(device.shared_from_this(), done);
  if (!status.ok()) return status;
  status = device.check(device.driver().cuMemcpyDtoHAsync_v2(to, reinterpret_cast<CudaAddress>(tensor.data),
                                                             tensor.bytes, stream->handle()),
                        "cuMemcpyDtoHAsync");
  if (status.ok()) status = done->record(*stream);
  if (status.ok()) status = done->wait();
  return status;
}

}  // namespace

std::shared_ptr<void> released_elsewhere(const CudaDevice& device, std::shared_ptr<void> memory) {
  void* const address = memory.get();
  return {address,
          [&threads = DeviceThreads::of(device.ordinal()).transfers(), memory = std::move(memory)](void*) mutable {
            try {
              threads.submit([memory = std::move(memory)]() mutable { memory.reset(); });
            } catch (const std::exception&) {
              // There is no thread to be had: it has been given back here.
            }
          }};
}

Status download(const TensorBuffer& tensor, TensorBuffer& out) {
  CudaDevice& device = *tensor.device;
  CudaDevice::Entered entered;
  std::shared_ptr<void> pinned;
  Status status = device.enter(entered);
  if (status.ok() && tensor.bytes > 0) {
    status = device.allocate_pinned(tensor.bytes, pinned);
    if (status.ok()) status = copy_from_device(device, tensor, pinned.get());
  }
  if (!status.ok()) return status;
  out.type = tensor.type;
  out.dims = tensor.dims;
  out.bytes = tensor.bytes;
  out.owner = allocate_tensor_memory(tensor.bytes);
  out.data = out.owner.get();
  if (out.data == nullptr) return Status::failed("ENGINERY_RUN_FAILED", "There is no memory for the tensor.");
  if (tensor.bytes > 0) std::memcpy(out.data, pinned.get(), tensor.bytes);
  return {};
}

}  // namespace enginery
