// Memory of one kind that comes back to be used again: which blocks there are, and which to free. Whoever owns the pool
// makes and frees them, outside its lock, as the driver may take long.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace enginery {

class CudaMemoryPool {
 public:
  struct Usage {
    size_t in_use = 0;  // bytes
    size_t kept = 0;
  };

  // Keeps at most `limit` bytes.
  explicit CudaMemoryPool(size_t limit) : limit_(limit) {}
  CudaMemoryPool(const CudaMemoryPool&) = delete;
  CudaMemoryPool& operator=(const CudaMemoryPool&) = delete;

  // The size of the block that serves `bytes`: at most an eighth larger, so that blocks of much the same size can stand
  // in for each other.
  size_t block_size(size_t bytes) const;

  // A kept block of that size, from now on in use; null where there is none.
  void* take(size_t size);

  // A new block is in use.
  void add(size_t size);

  // A block is in use no more. Gives what is to be freed for it: those that have been kept longest, or itself.
  [[nodiscard]] std::vector<void*> give_back(void* memory, size_t size);

  // Gives all that is kept, to be freed.
  [[nodiscard]] std::vector<void*> empty();

  Usage usage() const;

 private:
  struct Block {
    void* memory;
    size_t size;
  };
  using Blocks = std::list<Block>;

  void* drop_oldest();  // with mutex_ held

  const size_t limit_;
  mutable std::mutex mutex_;
  Blocks kept_;  // the oldest first
  std::unordered_map<size_t, std::deque<Blocks::iterator>> by_size_;
  Usage usage_;
};

}  // namespace enginery
