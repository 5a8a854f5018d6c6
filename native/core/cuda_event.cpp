#include "core/cuda_event.h"

namespace enginery {

Status CudaEvent::open(std::shared_ptr<CudaDevice> device, std::unique_ptr<CudaEvent>& out) {
  std::unique_ptr<CudaEvent> made(new CudaEvent(std::move(device)));
  CudaDevice& owner = *made->device_;
  Status status = owner.check(
      owner.driver().cuEventCreate(&made->handle_, kCudaEventBlockingSync | kCudaEventDisableTiming), "cuEventCreate");
  if (status.ok()) out = std::move(made);
  return status;
}

CudaEvent::~CudaEvent() {
  if (handle_ == nullptr) return;
  device_->release("cuEventDestroy", [&] { return device_->driver().cuEventDestroy_v2(handle_); });
}

Status CudaEvent::record(const CudaStream& stream) {
  return device_->check(device_->driver().cuEventRecord(handle_, stream.handle()), "cuEventRecord");
}

Status CudaEvent::wait() { return device_->check(device_->driver().cuEventSynchronize(handle_), "cuEventSynchronize"); }

}  // namespace enginery
