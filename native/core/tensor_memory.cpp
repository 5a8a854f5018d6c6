#include "core/tensor_memory.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>

namespace enginery {
namespace {

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector register

struct Block {
  size_t bytes;
  std::weak_ptr<void> memory;
};

struct Blocks {
  std::mutex mutex;
  std::map<uintptr_t, Block> by_address;
};

// Leaked on purpose: the last owner may be a job that outlives main().
Blocks& blocks() {
  static auto* const all = new Blocks;
  return *all;
}

uintptr_t address_of(const void* data) { return reinterpret_cast<uintptr_t>(data); }

void* allocate(size_t bytes) {
  return std::aligned_alloc(kAlignment, std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment));
}

}  // namespace

std::shared_ptr<void> allocate_tensor_memory(size_t bytes) { return {allocate(bytes), std::free}; }

std::shared_ptr<void> allocate_shared_memory(size_t bytes) {
  void* const data = allocate(bytes);
  if (data == nullptr) return nullptr;
  const std::shared_ptr<void> memory(data, [](void* freed) {
    unshare_memory(freed);
    std::free(freed);
  });
  share_memory(memory, bytes);
  return memory;
}

void share_memory(const std::shared_ptr<void>& memory, size_t bytes) {
  std::lock_guard lock(blocks().mutex);
  blocks().by_address.insert_or_assign(address_of(memory.get()), Block{bytes, memory});
}

void unshare_memory(const void* data) {
  std::lock_guard lock(blocks().mutex);
  blocks().by_address.erase(address_of(data));
}

uint8_t* ReusedMemory::resize(size_t bytes) {
  if (bytes > bytes_ || data_ == nullptr) {
    data_.reset();
    data_.reset(static_cast<uint8_t*>(allocate(bytes)));
    bytes_ = data_ == nullptr ? 0 : bytes;
  }
  return data_.get();
}

std::shared_ptr<void> find_shared_memory(const void* data, size_t bytes) {
  std::lock_guard lock(blocks().mutex);
  auto after = blocks().by_address.upper_bound(address_of(data));
  if (after == blocks().by_address.begin()) return nullptr;
  const auto& [start, block] = *std::prev(after);
  const size_t offset = address_of(data) - start;
  if (offset > block.bytes || bytes > block.bytes - offset) return nullptr;
  return block.memory.lock();
}

}  // namespace enginery
