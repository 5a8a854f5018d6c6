// The memory that a session uses on its GPU, and how much of it is allowed.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>

#include "core/status.h"

namespace enginery {

struct MemoryUse {
  size_t weights = 0;   // at most, as TensorRT does not say: the size of the plan, without what is streamed
  size_t contexts = 0;  // what execution contexts compute in
  size_t tensors = 0;   // inputs and outputs
  size_t pinned = 0;    // of the CPU's, for copies; not counted against the limit
};

class EngineMemory {
 public:
  // A part of it, given back with this object.
  class Share {
   public:
    Share(EngineMemory& memory, std::atomic<size_t> EngineMemory::*kind) : memory_(memory), kind_(kind) {}
    ~Share() { shrink(bytes_); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // Before the driver is asked. ENGINERY_DEVICE_MEMORY where that would be more than is allowed.
    Status grow(size_t bytes);
    void shrink(size_t bytes);

   private:
    EngineMemory& memory_;
    std::atomic<size_t> EngineMemory::*const kind_;
    size_t bytes_ = 0;
  };

  // In bytes; 0: as much as there is.
  explicit EngineMemory(size_t limit) : limit_(limit) {}

  MemoryUse use() const { return {weights, contexts, tensors, pinned}; }

  std::atomic<size_t> weights{0}, contexts{0}, tensors{0}, pinned{0};

 private:
  const size_t limit_;
  std::mutex growing_;  // one at a time, so that each sees what the other has
};

}  // namespace enginery
