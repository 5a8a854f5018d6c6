#include "core/engine_inputs.h"

#include <algorithm>
#include <cstring>

#include "core/pinned_tensor.h"

namespace enginery {
namespace {

// Whether the engine takes it where it is, on the device. Of nothing there may be no address.
bool lies_there(const TensorBuffer& feed) { return feed.device != nullptr && feed.bytes > 0; }

}  // namespace

EngineInputs::EngineInputs(const LoadedEngine& engine)
    : engine_(engine),
      device_(engine.device()),
      there_(engine, EngineBlock::Side::device),
      pinned_(engine, EngineBlock::Side::pinned),
      shapes_(engine.inputs().size()),
      used_in_place_(engine.inputs().size()),
      offsets_(engine.inputs().size()) {}

bool EngineInputs::laid_out_for(const Run& run) const {
  for (size_t i = 0; i < count(); ++i) {
    const TensorBuffer& feed = run.feeds[i];
    if (feed.dims != shapes_[i] || used_in_place_[i] != own_place(feed)) return false;
  }
  return true;
}

// Where the GPU finds a feed by itself.
void* EngineInputs::own_place(const TensorBuffer& feed) const {
  return lies_there(feed) || is_pinned_for(feed, device_) ? feed.data : nullptr;
}

// Its memory must not be that of an output, too: the run would change it.
Status EngineInputs::check(size_t i, const TensorBuffer& feed) const {
  const int32_t output = engine_.tensors()[i].alias;
  if (output < 0 || !lies_there(feed)) return {};
  return Status::failed("ENGINERY_INVALID_FEED",
                        "Input \"" + engine_.inputs()[i].name + "\": the engine writes its output \"" +
                            engine_.outputs()[static_cast<size_t>(output) - count()].name +
                            "\" over it, and the tensor lies on a GPU: feed what its download() gives");
}

Status EngineInputs::lay_out(const Run& run, EngineContext& context) {
  bytes_ = 0;
  size_t copied = 0;
  for (size_t i = 0; i < count(); ++i) {
    const TensorBuffer& feed = run.feeds[i];
    Status allowed = check(i, feed);
    if (!allowed.ok()) return allowed;
    offsets_[i] = bytes_;
    shapes_[i] = feed.dims;
    used_in_place_[i] = own_place(feed);
    if (!is_host(i) && !lies_there(feed)) bytes_ += aligned(feed.bytes);
    if (used_in_place_[i] == nullptr) copied = bytes_;
  }
  Status status = pinned_.grow(aligned(copied));
  if (status.ok()) status = there_.grow(aligned(bytes_));
  for (size_t i = 0; status.ok() && i < count(); ++i) {
    const TensorBuffer& feed = run.feeds[i];
    const bool read_from_feed = (is_host(i) && feed.bytes > 0) || lies_there(feed);
    status = context.set_shape(i, feed.dims);
    if (status.ok()) status = context.set_address(i, read_from_feed ? feed.data : address(i));
  }
  return status;
}

void EngineInputs::take(const Run& run) {
  for (size_t i = 0; i < count(); ++i) {
    const TensorBuffer& feed = run.feeds[i];
    if (is_host(i) || used_in_place_[i] != nullptr || feed.bytes == 0) continue;
    std::memcpy(pinned_.at(offsets_[i]), feed.data, feed.bytes);
  }
}

Status EngineInputs::send(const Run& run, const CudaStream& stream) {
  if (bytes_ == 0) return {};
  const bool all =
      std::none_of(used_in_place_.begin(), used_in_place_.end(), [](void* place) { return place != nullptr; });
  return all ? copy(there_.data(), pinned_.data(), bytes_, stream) : send_each(run, stream);
}

Status EngineInputs::send_each(const Run& run, const CudaStream& stream) {
  Status status;
  for (size_t i = 0; status.ok() && i < count(); ++i) {
    const TensorBuffer& feed = run.feeds[i];
    if (is_host(i) || lies_there(feed) || feed.bytes == 0) continue;
    const void* const from = used_in_place_[i] != nullptr ? feed.data : pinned_.at(offsets_[i]);
    status = copy(address(i), from, feed.bytes, stream);
  }
  return status;
}

Status EngineInputs::copy(void* to, const void* from, size_t bytes, const CudaStream& stream) {
  return device_.check(
      device_.driver().cuMemcpyHtoDAsync_v2(reinterpret_cast<CudaAddress>(to), from, bytes, stream.handle()),
      "cuMemcpyHtoDAsync");
}

}  // namespace enginery
