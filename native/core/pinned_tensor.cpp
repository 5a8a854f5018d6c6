#include "core/pinned_tensor.h"

#include <algorithm>
#include <cstring>

#include "core/device_tensor.h"
#include "core/tensor_memory.h"

namespace enginery {
namespace {

// The deleter of such memory, by which it is known.
struct Pinned {
  std::shared_ptr<CudaDevice> device;
  std::shared_ptr<void> memory;  // given back elsewhere, as that may wait for the driver

  void operator()(void* data) {
    unshare_memory(data);
    device.reset();  // a weak_ptr, which keeps this object, does not keep the device
    memory.reset();  // the last: what closes the device waits for the driver, and is to do so elsewhere
  }
};

}  // namespace

Status allocate_pinned_tensor(CudaDevice& device, size_t bytes, std::shared_ptr<void>& out) {
  std::shared_ptr<void> memory;
  const Status status = device.allocate_pinned(std::max<size_t>(bytes, 1), memory);
  if (!status.ok()) return status;
  void* const data = std::memset(memory.get(), 0, bytes);
  out = std::shared_ptr<void>(data, Pinned{device.shared_from_this(), released_elsewhere(device, std::move(memory))});
  share_memory(out, bytes);
  return {};
}

bool is_pinned_for(const TensorBuffer& tensor, const CudaDevice& device) {
  if (!tensor.borrowed || tensor.bytes == 0) return false;
  const auto* const pinned = std::get_deleter<Pinned>(tensor.owner);
  return pinned != nullptr && pinned->device.get() == &device;
}

}  // namespace enginery
