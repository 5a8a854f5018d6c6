#include "core/cuda_memory_pool.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace enginery {
namespace {

constexpr size_t kSmallest = 512;  // the driver gives no less

size_t round_up(size_t bytes, size_t step) {
  return bytes > SIZE_MAX - step ? SIZE_MAX : (bytes + step - 1) / step * step;
}

}  // namespace

size_t CudaMemoryPool::block_size(size_t bytes) const {
  // What is never kept need not fit anybody else.
  if (bytes <= kSmallest || bytes > limit_) return std::max(round_up(bytes, kSmallest), kSmallest);
  return round_up(bytes, std::max(kSmallest, std::bit_floor(bytes) / 8));
}

void* CudaMemoryPool::take(size_t size) {
  std::lock_guard lock(mutex_);
  const auto found = by_size_.find(size);
  if (found == by_size_.end()) return nullptr;
  const Blocks::iterator block = found->second.back();  // warm, if any is
  found->second.pop_back();
  if (found->second.empty()) by_size_.erase(found);
  void* const memory = block->memory;
  kept_.erase(block);
  usage_.kept -= size;
  usage_.in_use += size;
  return memory;
}

void CudaMemoryPool::add(size_t size) {
  std::lock_guard lock(mutex_);
  usage_.in_use += size;
}

std::vector<void*> CudaMemoryPool::give_back(void* memory, size_t size) {
  std::lock_guard lock(mutex_);
  usage_.in_use -= size;
  if (size > limit_) return {memory};
  by_size_[size].push_back(kept_.insert(kept_.end(), {memory, size}));
  usage_.kept += size;
  std::vector<void*> freed;
  while (usage_.kept > limit_) freed.push_back(drop_oldest());
  return freed;
}

std::vector<void*> CudaMemoryPool::empty() {
  std::lock_guard lock(mutex_);
  std::vector<void*> freed;
  while (!kept_.empty()) freed.push_back(drop_oldest());
  return freed;
}

CudaMemoryPool::Usage CudaMemoryPool::usage() const {
  std::lock_guard lock(mutex_);
  return usage_;
}

void* CudaMemoryPool::drop_oldest() {
  const auto [memory, size] = kept_.front();
  const auto found = by_size_.find(size);
  found->second.pop_front();  // of one size, too, the oldest is first
  if (found->second.empty()) by_size_.erase(found);
  kept_.pop_front();
  usage_.kept -= size;
  return memory;
}

}  // namespace enginery
