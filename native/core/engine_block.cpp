#include "core/engine_block.h"

#include <utility>

namespace enginery {

EngineBlock::EngineBlock(const LoadedEngine& engine, Side side)
    : device_(engine.device()),
      side_(side),
      share_(engine.memory(), side == Side::pinned ? &EngineMemory::pinned : &EngineMemory::tensors) {}

Status EngineBlock::grow(size_t bytes) {
  if (bytes <= bytes_) return {};
  bytes = device_.block_size(bytes);  // what counts, and can be used
  hand_over().reset();
  Status status = share_.grow(bytes);
  if (!status.ok()) return status;
  status = side_ == Side::pinned ? device_.allocate_pinned(bytes, memory_) : device_.allocate(bytes, memory_);
  if (status.ok()) {
    bytes_ = bytes;
  } else {
    share_.shrink(bytes);
  }
  return status;
}

std::shared_ptr<void> EngineBlock::hand_over() {
  share_.shrink(std::exchange(bytes_, 0));
  return std::exchange(memory_, nullptr);
}

}  // namespace enginery
