// Memory for tensors that JS holds, and that a GPU copies from and to by itself.
#pragma once

#include <cstddef>
#include <memory>

#include "core/cuda_device.h"
#include "core/run.h"

namespace enginery {

// Zeros, known to find_shared_memory(). May be let go of on any thread. Blocks: call it on a transfer thread, with the
// device entered.
Status allocate_pinned_tensor(CudaDevice& device, size_t bytes, std::shared_ptr<void>& out);

// Whether the tensor's own memory will do, and no copy is needed for the device to work with it.
bool is_pinned_for(const TensorBuffer& tensor, const CudaDevice& device);

}  // namespace enginery
