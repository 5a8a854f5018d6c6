// Tensors that stay in a GPU's memory: what outlives the run that filled them.
#pragma once

#include <memory>

#include "core/cuda_device.h"
#include "core/run.h"

namespace enginery {

// Memory of the device's, for owners that must not wait for the driver: when the last lets go, a thread of ours gives
// it back.
std::shared_ptr<void> released_elsewhere(const CudaDevice& device, std::shared_ptr<void> memory);

// Copies a tensor that lies on a device to the CPU's memory. Blocks: call it on a thread for the device's transfers.
Status download(const TensorBuffer& tensor, TensorBuffer& out);

}  // namespace enginery
