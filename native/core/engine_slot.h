// What one run at a time needs on a GPU: an execution context, a stream, and memory on both sides.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/bridge_log.h"
#include "core/cuda_stream.h"
#include "core/engine_options.h"
#include "core/loaded_engine.h"
#include "core/queued_runner.h"
#include "core/runtime_cache.h"

namespace enginery {

class EngineSlot final : public Execution {
 public:
  EngineSlot(const LoadedEngine& engine, const EngineOptions& options, const RuntimeCache& cache);
  ~EngineSlot() override;

  Status prepare() override;
  Status execute(Run& run) override;
  // Work that a GPU has begun cannot be stopped: its result is thrown away.
  void stop() override { stopped_ = true; }
  bool reset() override;

  // The kernels that were compiled for this context; empty where the product keeps none.
  std::vector<uint8_t> compiled_kernels();

 private:
  // Grows, and is used again. `device` memory is not for the CPU to touch.
  struct Block {
    std::shared_ptr<void> memory;
    size_t bytes = 0;
    uint8_t* at(size_t offset) const { return static_cast<uint8_t*>(memory.get()) + offset; }
  };
  struct Output {
    std::vector<int64_t> dims;  // -1 until the run tells
    size_t bytes = 0;
    size_t offset = 0;            // in the block of device memory
    bool grown = false;           // its size is the run's to tell: it lies in `own`
    Block own;                    // device memory, or the CPU's where the tensor is a host's
    std::vector<Block> outgrown;  // until the run is over
    size_t pinned_offset = 0;
  };

  Status run_once(Run& run);
  Status choose_profile(const Run& run);
  Status feed(const Run& run);
  Status place_outputs();
  Status fetch(const Run& run);
  Status take_results(Run& run);
  Status result_of(size_t output, Run& run, size_t place, uint8_t*& small);
  Status refused(const char* code, const std::string& what);

  CudaStreamHandle stream() const { return stream_->handle(); }
  size_t inputs() const { return engine_.inputs().size(); }
  const LoadedEngine::Tensor& tensor(size_t output) const { return engine_.tensors()[inputs() + output]; }
  // The bridge counts outputs after the inputs.
  int32_t place_of(size_t output) const { return static_cast<int32_t>(inputs() + output); }
  size_t index_of(int32_t place) const { return static_cast<size_t>(place) - inputs(); }
  Output& output_at(int32_t place) { return outputs_[index_of(place)]; }
  Status grow(Block& block, size_t bytes, bool pinned);
  void* reallocate(int32_t place, uint64_t size);

  const LoadedEngine& engine_;
  const EngineryBridgeExecution& bridge_;
  CudaDevice& device_;
  const EngineOptions& options_;
  const RuntimeCache& cache_;
  BridgeLog log_;
  EngineryBridgeOutputAllocator allocator_{};
  EngineryContext* context_ = nullptr;
  int32_t profile_ = -1;
  Block pinned_in_, device_in_, device_out_, pinned_out_;
  std::vector<size_t> offsets_;  // of inputs
  std::vector<Output> outputs_;
  std::unique_ptr<CudaEvent> done_;
  std::unique_ptr<CudaStream> stream_;
  std::atomic<bool> stopped_{false};
  bool broken_ = false;
};

}  // namespace enginery
