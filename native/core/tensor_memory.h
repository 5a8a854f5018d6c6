// Memory of tensors: aligned for vector registers, and found again by address where JS brings it back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace enginery {

// Null where there is none left.
std::shared_ptr<void> allocate_tensor_memory(size_t bytes);

// As allocate_tensor_memory(), for memory that JS holds: find_shared_memory() knows it for as long as it lives.
std::shared_ptr<void> allocate_shared_memory(size_t bytes);

// Makes memory from elsewhere known to find_shared_memory(), until unshare_memory(), which is for its deleter.
void share_memory(const std::shared_ptr<void>& memory, size_t bytes);
void unshare_memory(const void* data);

// The owner of the bytes from `data` on; null where they do not lie within memory of allocate_shared_memory().
std::shared_ptr<void> find_shared_memory(const void* data, size_t bytes);

// Memory that is used again and again, and grows where it must.
class ReusedMemory {
 public:
  // At least so many bytes; of what was there before nothing is kept. Null where there are none to be had.
  uint8_t* resize(size_t bytes);

 private:
  struct Free {
    void operator()(uint8_t* data) const { std::free(data); }
  };
  std::unique_ptr<uint8_t, Free> data_;
  size_t bytes_ = 0;
};

}  // namespace enginery
