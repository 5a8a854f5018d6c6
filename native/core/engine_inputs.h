// The inputs of one execution context: where they lie, and how feeds get there. The device is entered in all calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/cuda_stream.h"
#include "core/engine_block.h"
#include "core/engine_context.h"
#include "core/run.h"

namespace enginery {

class EngineInputs {
 public:
  explicit EngineInputs(const LoadedEngine& engine);

  // Whether all is in place for such feeds.
  bool laid_out_for(const Run& run) const;

  // Tells the context the shapes, and gives the inputs memory.
  Status lay_out(const Run& run, EngineContext& context);
  // Where one lies on the device that has been copied there.
  void* address(size_t i) const { return there_.at(offsets_[i]); }

  // Copies feeds to memory that the device copies from by itself, unless they lie in such memory, or on the device.
  void take(const Run& run);
  // To the device: all at once where that can be.
  Status send(const Run& run, const CudaStream& stream);

 private:
  Status check(size_t i, const TensorBuffer& feed) const;
  Status send_each(const Run& run, const CudaStream& stream);
  void* own_place(const TensorBuffer& feed) const;
  Status copy(void* to, const void* from, size_t bytes, const CudaStream& stream);
  size_t count() const { return shapes_.size(); }
  bool is_host(size_t i) const { return engine_.tensors()[i].host; }

  const LoadedEngine& engine_;
  CudaDevice& device_;
  EngineBlock there_, pinned_;
  std::vector<std::vector<int64_t>> shapes_;
  std::vector<void*> used_in_place_;  // feeds that need no copy on this side; null for others
  std::vector<size_t> offsets_;       // in both blocks
  size_t bytes_ = 0;
};

}  // namespace enginery
