// A piece of memory for a session's tensors: grows, is used again, and counts as the session's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/loaded_engine.h"

namespace enginery {

// The size of a tensor's place: TensorRT wants its addresses aligned, and no address may be null.
inline size_t aligned(size_t bytes) {
  constexpr size_t kAlignment = 256;
  return std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
}

class EngineBlock {
 public:
  // Of the device, or of the CPU's memory that it copies from and to by itself.
  enum class Side { device, pinned };

  EngineBlock(const LoadedEngine& engine, Side side);
  EngineBlock(const EngineBlock&) = delete;
  EngineBlock& operator=(const EngineBlock&) = delete;

  // To so many bytes at least; what was there is lost. The device is entered.
  Status grow(size_t bytes);

  // Gives the memory to somebody else.
  std::shared_ptr<void> hand_over();

  size_t bytes() const { return bytes_; }
  void* data() const { return memory_.get(); }
  uint8_t* at(size_t offset) const { return static_cast<uint8_t*>(memory_.get()) + offset; }

 private:
  CudaDevice& device_;
  const Side side_;
  EngineMemory::Share share_;
  std::shared_ptr<void> memory_;
  size_t bytes_ = 0;
};

}  // namespace enginery
