// The outputs of one execution context: where they lie, and how results come of them. The device is entered in all
// calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/cuda_stream.h"
#include "core/engine_block.h"
#include "core/engine_context.h"
#include "core/engine_inputs.h"
#include "core/run.h"

namespace enginery {

class EngineOutputs {
 public:
  explicit EngineOutputs(const LoadedEngine& engine);
  EngineOutputs(const EngineOutputs&) = delete;
  EngineOutputs& operator=(const EngineOutputs&) = delete;

  // Whether all is in place for a run of these outputs, where the inputs are as before.
  bool laid_out_for(const Run& run) const;

  // Once the inputs are laid out: gives the outputs memory.
  Status lay_out(const Run& run, const EngineInputs& inputs, EngineContext& context);
  // Whether every run of this layout ends at the same addresses.
  bool fixed() const { return fixed_; }

  // A failure where the run wanted more memory for an output than there was.
  const Status& memory() const { return memory_; }

  // From the device, to memory that it copies to by itself: what was asked for and does not stay there.
  Status fetch(const Run& run, const CudaStream& stream);
  Status give(Run& run);
  // However it ended.
  void end_run();

 private:
  struct Output {
    Output(const LoadedEngine& engine, const LoadedEngine::Tensor& tensor);
    const bool host;            // its elements lie in the CPU's memory
    const int32_t alias;        // the input in whose memory it lies; -1 where it has its own
    std::vector<int64_t> dims;  // -1 until the run tells
    size_t bytes = 0;
    size_t offset = 0;                                   // in the block of device memory
    void* address = nullptr;                             // where it lies, unless it is grown
    bool grown = false;                                  // its size is the run's to tell
    bool stays = false;                                  // on the device, when the run is over
    std::unique_ptr<EngineBlock> own;                    // if it is grown, stays, or is the CPU's
    std::vector<std::unique_ptr<EngineBlock>> outgrown;  // until the run is over
    size_t pinned_offset = 0;
  };

  Status mark(const Run& run);
  Status measure(EngineContext& context);
  Status place(const EngineInputs& inputs, EngineContext& context);
  Status place_results(const Run& run);
  void* target_of(const Run& run, size_t i) const;
  Status give_one(Run& run, size_t i, uint8_t*& small);
  void* reallocate(Output& output, uint64_t bytes);
  void reshape(Output& output, int32_t rank, const int64_t* dims);

  size_t place_of(size_t output) const { return engine_.inputs().size() + output; }
  Output& output_at(int32_t place) { return outputs_[static_cast<size_t>(place) - engine_.inputs().size()]; }
  ElementType type_of(size_t output) const { return engine_.tensors()[place_of(output)].type; }
  const std::string& name_of(size_t output) const { return engine_.outputs()[output].name; }

  const LoadedEngine& engine_;
  CudaDevice& device_;
  EngineryBridgeOutputAllocator allocator_{};
  EngineBlock there_, pinned_;
  std::vector<Output> outputs_;
  std::vector<uint32_t> asked_for_;
  std::vector<void*> targets_;  // of those asked for, where the GPU writes to them by itself
  Status memory_;
  bool fixed_ = false;
};

}  // namespace enginery
