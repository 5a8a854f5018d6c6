// The tensors of one execution context: where they lie, on the GPU and on this side, and how they get there.
//
// The device is entered in all calls. Memory grows, and is used again.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/cuda_stream.h"
#include "core/engine_context.h"
#include "core/loaded_engine.h"
#include "core/run.h"

namespace enginery {

class EngineTensors {
 public:
  explicit EngineTensors(const LoadedEngine& engine);
  EngineTensors(const EngineTensors&) = delete;
  EngineTensors& operator=(const EngineTensors&) = delete;

  // Whether all is in place for feeds of these shapes, and a run of these outputs.
  bool laid_out_for(const Run& run) const;

  // Chooses the profile, tells the context the shapes, and gives all tensors memory.
  Status lay_out(const Run& run, EngineContext& context, const CudaStream& stream);
  // What was laid out is not to be relied on.
  void forget() { laid_out_ = false; }
  // Whether every run of this layout is the same work of the GPU at the same addresses.
  bool fixed() const { return fixed_; }

  // The steps of a run. Feeds are copied to memory that a GPU copies from by itself, unless they lie in such memory,
  // then all to the device at once; outputs come back the same way.
  void take_feeds(const Run& run);
  Status send(const Run& run, const CudaStream& stream);
  Status fetch(const Run& run, const CudaStream& stream);
  Status give_results(Run& run);
  // However it ended.
  void end_run();

 private:
  enum class Side { device, pinned };
  struct Block {
    std::shared_ptr<void> memory;
    size_t bytes = 0;
    uint8_t* at(size_t offset) const { return static_cast<uint8_t*>(memory.get()) + offset; }
  };
  struct Output {
    std::vector<int64_t> dims;  // -1 until the run tells
    size_t bytes = 0;
    size_t offset = 0;            // in the block of device memory
    bool grown = false;           // its size is the run's to tell
    bool stays = false;           // on the device, when the run is over
    Block own;                    // where it lies if it is either, or a host tensor
    std::vector<Block> outgrown;  // until the run is over
    size_t pinned_offset = 0;
  };

  Status send_each(const Run& run, const CudaStream& stream);
  Status place_inputs(const Run& run, EngineContext& context);
  Status keep_on_device(const Run& run);
  Status place_outputs(EngineContext& context);
  Status place_results(const Run& run);
  void* own_place(const TensorBuffer& feed) const;
  void* target_of(const Run& run, size_t i) const;
  Status give_result(Run& run, size_t i, uint8_t*& small);
  void* reallocate(int32_t place, uint64_t bytes);
  Status grow(Block& block, size_t bytes, Side side);
  Side side_of(size_t output) const { return output_tensor(output).host ? Side::pinned : Side::device; }
  EngineMemory::Share& share_of(Side side) { return side == Side::pinned ? pinned_ : on_device_; }

  size_t inputs() const { return engine_.inputs().size(); }
  const LoadedEngine::Tensor& output_tensor(size_t output) const { return engine_.tensors()[inputs() + output]; }
  const std::string& output_name(size_t output) const { return engine_.outputs()[output].name; }
  Output& output_at(int32_t place) { return outputs_[static_cast<size_t>(place) - inputs()]; }

  const LoadedEngine& engine_;
  CudaDevice& device_;
  EngineMemory::Share on_device_, pinned_;
  EngineryBridgeOutputAllocator allocator_{};
  Block device_in_, device_out_, pinned_in_, pinned_out_;
  std::vector<std::vector<int64_t>> shapes_;  // of inputs
  std::vector<void*> used_in_place_;          // feeds that need no copy on this side; null for others
  std::vector<size_t> offsets_;               // of inputs
  size_t bytes_in_ = 0;
  std::vector<Output> outputs_;
  std::vector<uint32_t> asked_for_;
  std::vector<void*> targets_;  // of those asked for, where the GPU writes to them by itself
  int32_t profile_ = -1;
  bool laid_out_ = false;
  bool fixed_ = false;
};

}  // namespace enginery
