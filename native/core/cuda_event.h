// Events of a device, which they keep open.
#pragma once

#include <memory>
#include <utility>

#include "core/cuda_device.h"
#include "core/cuda_stream.h"

namespace enginery {

// A point in a stream's work. The thread that waits for it sleeps, where waiting for a stream would keep a core busy.
class CudaEvent {
 public:
  static Status open(std::shared_ptr<CudaDevice> device, std::unique_ptr<CudaEvent>& out);
  ~CudaEvent();
  CudaEvent(const CudaEvent&) = delete;
  CudaEvent& operator=(const CudaEvent&) = delete;

  CudaEventHandle handle() const { return handle_; }

  // After the work that the stream has now.
  Status record(const CudaStream& stream);

  // Until that is done. An error of that work ends up here.
  Status wait();

 private:
  explicit CudaEvent(std::shared_ptr<CudaDevice> device) : device_(std::move(device)) {}

  const std::shared_ptr<CudaDevice> device_;
  CudaEventHandle handle_ = nullptr;
};

}  // namespace enginery
