#include "core/engine_memory.h"

namespace enginery {

Status EngineMemory::Share::grow(size_t bytes) {
  std::lock_guard lock(memory_.growing_);
  (memory_.*kind_) += bytes;
  bytes_ += bytes;
  const MemoryUse use = memory_.use();
  const size_t all = use.weights + use.contexts + use.tensors;
  if (memory_.limit_ == 0 || kind_ == &EngineMemory::pinned || all <= memory_.limit_) return {};
  shrink(bytes);
  return Status::failed("ENGINERY_DEVICE_MEMORY", "The session would use " + std::to_string(all) +
                                                      " bytes of the GPU's memory, and its limit is " +
                                                      std::to_string(memory_.limit_));
}

void EngineMemory::Share::shrink(size_t bytes) {
  (memory_.*kind_) -= bytes;
  bytes_ -= bytes;
}

}  // namespace enginery
