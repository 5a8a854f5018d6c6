#include "core/cuda_stream.h"

#include <utility>

namespace enginery {

Status CudaStream::open(std::shared_ptr<CudaDevice> device, std::unique_ptr<CudaStream>& out) {
  std::unique_ptr<CudaStream> made(new CudaStream(std::move(device)));
  CudaDevice& owner = *made->device_;
  Status status = owner.check(owner.driver().cuStreamCreate(&made->handle_, kCudaStreamNonBlocking), "cuStreamCreate");
  if (status.ok()) out = std::move(made);
  return status;
}

CudaStream::~CudaStream() {
  if (handle_ == nullptr) return;
  device_->release("cuStreamSynchronize", [&] { return device_->driver().cuStreamSynchronize(handle_); });
  device_->release("cuStreamDestroy", [&] { return device_->driver().cuStreamDestroy_v2(handle_); });
}

}  // namespace enginery
