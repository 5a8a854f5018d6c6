#include "core/cuda_graph.h"

#include <utility>

namespace enginery {
namespace {

// Other threads may call the driver meanwhile as they like: CU_STREAM_CAPTURE_MODE_THREAD_LOCAL.
constexpr int32_t kThreadLocal = 1;

// CUDA_ERROR_STREAM_CAPTURE_INVALIDATED: something could not be recorded, and recording has ended.
constexpr CudaResult kCaptureInvalidated = 901;

}  // namespace

Status CudaGraph::capture(const CudaStream& stream, const std::function<Status()>& enqueue) {
  const CudaDriver& driver = device_.driver();
  drop();
  Status status = device_.check(driver.cuStreamBeginCapture_v2(stream.handle(), kThreadLocal), "cuStreamBeginCapture");
  if (!status.ok()) return status;
  status = enqueue();
  CudaGraphHandle graph = nullptr;
  const CudaResult ended = driver.cuStreamEndCapture(stream.handle(), &graph);
  // Whatever else it was, the stream may still record, and must not when it is used next.
  if (ended != kCudaSuccess && ended != kCaptureInvalidated) driver.cuStreamEndCapture(stream.handle(), &graph);
  const Status checked = device_.check(ended, "cuStreamEndCapture");
  if (status.ok()) status = checked;
  if (status.ok()) status = instantiate(graph);
  // No context takes it along when it goes, hence the second try.
  if (graph != nullptr && !device_.check(driver.cuGraphDestroy(graph), "cuGraphDestroy").ok()) {
    driver.cuGraphDestroy(graph);
  }
  return device_.lost() ? device_.lost_status() : status;
}

Status CudaGraph::instantiate(CudaGraphHandle graph) {
  return device_.check(device_.driver().cuGraphInstantiateWithFlags(&executable_, graph, 0), "cuGraphInstantiate");
}

Status CudaGraph::launch(const CudaStream& stream) {
  return device_.check(device_.driver().cuGraphLaunch(executable_, stream.handle()), "cuGraphLaunch");
}

void CudaGraph::drop() {
  CudaGraphExecHandle const old = std::exchange(executable_, nullptr);
  if (old == nullptr) return;
  device_.release("cuGraphExecDestroy", [this, old] { return device_.driver().cuGraphExecDestroy(old); });
}

}  // namespace enginery
