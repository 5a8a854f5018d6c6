// Streams of a device, which they keep open.
#pragma once

#include <memory>

#include "core/cuda_device.h"

namespace enginery {

// Work of the GPU, in order; not ordered with the default stream. Ends when its work is over, however that was waited
// for before: let it go before the memory that it works on.
class CudaStream {
 public:
  // The device must be entered, here and elsewhere except for destructors.
  static Status open(std::shared_ptr<CudaDevice> device, std::unique_ptr<CudaStream>& out);
  ~CudaStream();
  CudaStream(const CudaStream&) = delete;
  CudaStream& operator=(const CudaStream&) = delete;

  CudaStreamHandle handle() const { return handle_; }

 private:
  explicit CudaStream(std::shared_ptr<CudaDevice> device) : device_(std::move(device)) {}

  const std::shared_ptr<CudaDevice> device_;
  CudaStreamHandle handle_ = nullptr;
};

}  // namespace enginery
