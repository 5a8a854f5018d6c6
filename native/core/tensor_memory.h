// Memory of tensors: aligned for vector registers, and found again by address where JS brings it back.
#pragma once

#include <cstddef>
#include <memory>

namespace enginery {

// Null where there is none left.
std::shared_ptr<void> allocate_tensor_memory(size_t bytes);

// As allocate_tensor_memory(), for memory that JS holds: find_shared_memory() knows it for as long as it lives.
std::shared_ptr<void> allocate_shared_memory(size_t bytes);

// The owner of the bytes from `data` on; null where they do not lie within memory of allocate_shared_memory().
std::shared_ptr<void> find_shared_memory(const void* data, size_t bytes);

}  // namespace enginery
