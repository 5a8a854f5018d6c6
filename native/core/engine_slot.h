// What one run at a time needs on a GPU: an execution context, a stream, and memory on both sides.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/cuda_event.h"
#include "core/cuda_graph.h"
#include "core/cuda_stream.h"
#include "core/engine_context.h"
#include "core/engine_inputs.h"
#include "core/engine_options.h"
#include "core/engine_outputs.h"
#include "core/queued_runner.h"
#include "core/runtime_cache.h"

namespace enginery {

class EngineSlot final : public Execution {
 public:
  EngineSlot(const LoadedEngine& engine, const EngineOptions& options, const RuntimeCache& cache);

  Status prepare() override;
  Status execute(Run& run) override;
  // Work that a GPU has begun cannot be stopped: its result is thrown away.
  void stop() override { stopped_ = true; }
  bool reset() override;

  // With the shapes of its last run.
  EngineryContext* context() const { return context_.handle(); }

  // See EngineContext.
  std::vector<uint8_t> compiled_kernels();

 private:
  Status run_once(Run& run);
  Status lay_out(const Run& run);
  void drop_graph();
  Status start(const Run& run);
  Status enqueue(const Run& run);
  Status record(const Run& run);

  const LoadedEngine& engine_;
  CudaDevice& device_;
  const EngineOptions& options_;
  const RuntimeCache& cache_;
  // Ended in reverse: the stream waits for work that uses all else.
  EngineInputs inputs_;
  EngineOutputs outputs_;
  EngineContext context_;
  CudaGraph graph_;
  std::unique_ptr<CudaEvent> done_;
  std::unique_ptr<CudaStream> stream_;
  std::atomic<bool> stopped_{false};
  bool broken_ = false;
  int32_t profile_ = -1;
  // For runs of the same shapes all is in place, and at the same addresses.
  bool laid_out_ = false;
  bool graphs_;
  bool warm_ = false;  // there was a run with this layout, and these weights
  uint32_t refits_ = 0;
};

}  // namespace enginery
