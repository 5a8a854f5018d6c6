// Work of a stream that was recorded once, to be started again by one call. The device is entered in all calls but the
// destructor's.
#pragma once

#include <functional>
#include <memory>

#include "core/cuda_stream.h"

namespace enginery {

class CudaGraph {
 public:
  explicit CudaGraph(CudaDevice& device) : device_(device) {}
  ~CudaGraph() { drop(); }
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;

  // Records what `enqueue` gives the stream to do, which does not begin. Where something cannot be recorded that fails,
  // and the stream is as before.
  Status capture(const CudaStream& stream, const std::function<Status()>& enqueue);
  bool captured() const { return executable_ != nullptr; }
  Status launch(const CudaStream& stream);
  void drop();

 private:
  Status instantiate(CudaGraphHandle graph);

  CudaDevice& device_;
  CudaGraphExecHandle executable_ = nullptr;
};

}  // namespace enginery
