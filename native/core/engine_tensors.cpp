#include "core/engine_tensors.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/device_tensor.h"
#include "core/pinned_tensor.h"

namespace enginery {
namespace {

// What TensorRT wants of addresses; also the least that is allocated, as no address may be null.
constexpr size_t kAlignment = 256;

size_t aligned(size_t bytes) { return std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment); }

// Whether the engine takes it where it is, on the device. Of nothing there may be no address.
bool lies_there(const TensorBuffer& feed) { return feed.device != nullptr && feed.bytes > 0; }

CudaAddress address_of(void* memory) { return reinterpret_cast<CudaAddress>(memory); }

}  // namespace

EngineTensors::EngineTensors(const LoadedEngine& engine)
    : engine_(engine),
      device_(engine.device()),
      on_device_(engine.memory(), &EngineMemory::tensors),
      pinned_(engine.memory(), &EngineMemory::pinned),
      shapes_(engine.inputs().size()),
      used_in_place_(engine.inputs().size()),
      offsets_(engine.inputs().size()),
      outputs_(engine.outputs().size()) {
  allocator_.user = this;
  allocator_.reallocate = [](void* self, int32_t place, void*, uint64_t size, uint64_t, void*) {
    return static_cast<EngineTensors*>(self)->reallocate(place, size);
  };
  allocator_.shape = [](void* self, int32_t place, int32_t rank, const int64_t* dims) {
    static_cast<EngineTensors*>(self)->output_at(place).dims.assign(dims, dims + rank);
  };
}

bool EngineTensors::laid_out_for(const Run& run) const {
  if (!laid_out_ || run.outputs != asked_for_) return false;
  if (std::find(run.stays.begin(), run.stays.end(), true) != run.stays.end()) return false;
  for (size_t i = 0; i < inputs(); ++i) {
    const TensorBuffer& feed = run.feeds[i];
    if (feed.dims != shapes_[i] || used_in_place_[i] != own_place(feed)) return false;
  }
  for (size_t i = 0; i < targets_.size(); ++i) {
    if (targets_[i] != target_of(run, i)) return false;
  }
  return true;
}

// Where the GPU finds a feed by itself.
void* EngineTensors::own_place(const TensorBuffer& feed) const {
  return lies_there(feed) || is_pinned_for(feed, device_) ? feed.data : nullptr;
}

// Where the GPU may write an output to by itself.
void* EngineTensors::target_of(const Run& run, size_t i) const {
  if (!run.has_target(i)) return nullptr;
  const Output& output = outputs_[run.outputs[i]];
  const TensorBuffer& target = run.targets[i];
  const bool fits = target.type == output_tensor(run.outputs[i]).type && target.dims == output.dims;
  return fits && !output_tensor(run.outputs[i]).host && is_pinned_for(target, device_) ? target.data : nullptr;
}

Status EngineTensors::lay_out(const Run& run, EngineContext& context, const CudaStream& stream) {
  forget();
  const int32_t profile = engine_.profile_for(run.feeds, profile_);
  if (profile < 0) {
    return Status::failed("ENGINERY_INVALID_FEED", "No optimization profile of the engine takes the feeds.");
  }
  Status status;
  if (profile != profile_) status = context.set_profile(profile, stream);
  if (status.ok()) profile_ = profile;
  if (status.ok()) status = place_inputs(run, context);
  if (status.ok()) status = keep_on_device(run);
  if (status.ok()) status = place_outputs(context);
  if (status.ok()) status = place_results(run);
  if (!status.ok()) return status;
  const auto of_host = [](const LoadedEngine::Tensor& tensor) { return tensor.host; };
  fixed_ =
      std::none_of(engine_.tensors().begin(), engine_.tensors().end(), of_host) &&
      std::none_of(outputs_.begin(), outputs_.end(), [](const Output& output) { return output.grown || output.stays; });
  laid_out_ = fixed_;
  return {};
}

Status EngineTensors::place_inputs(const Run& run, EngineContext& context) {
  bytes_in_ = 0;
  size_t staged = 0;
  for (size_t i = 0; i < inputs(); ++i) {
    offsets_[i] = bytes_in_;
    const TensorBuffer& feed = run.feeds[i];
    shapes_[i] = feed.dims;
    used_in_place_[i] = own_place(feed);
    if (!engine_.tensors()[i].host && !lies_there(feed)) bytes_in_ += aligned(feed.bytes);
    if (used_in_place_[i] == nullptr) staged = bytes_in_;
  }
  Status status = grow(pinned_in_, aligned(staged), Side::pinned);
  if (status.ok()) status = grow(device_in_, aligned(bytes_in_), Side::device);
  for (size_t i = 0; status.ok() && i < inputs(); ++i) {
    const TensorBuffer& feed = run.feeds[i];
    const bool read_from_feed = (engine_.tensors()[i].host && feed.bytes > 0) || lies_there(feed);
    status = context.set_shape(i, feed.dims);
    if (status.ok()) status = context.set_address(i, read_from_feed ? feed.data : device_in_.at(offsets_[i]));
  }
  return status;
}

Status EngineTensors::keep_on_device(const Run& run) {
  for (Output& output : outputs_) output.stays = false;
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    if (!run.stays_on_device(i)) continue;
    const uint32_t place = run.outputs[i];
    if (output_tensor(place).host) {
      return Status::failed(
          "ENGINERY_OPTION_UNSUPPORTED",
          "Output \"" + output_name(place) +
              "\" holds a shape, which TensorRT gives in the CPU's memory: it cannot stay on the GPU.");
    }
    outputs_[place].stays = true;
    on_device_.shrink(std::exchange(outputs_[place].own, {}).bytes);
  }
  return {};
}

Status EngineTensors::place_outputs(EngineContext& context) {
  size_t bytes = 0;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    const Status status = context.output_dims(inputs() + i, output.dims);
    if (!status.ok()) return status;
    output.grown = std::any_of(output.dims.begin(), output.dims.end(), [](int64_t dim) { return dim < 0; });
    output.offset = bytes;
    output.bytes = 0;
    if (output.grown) continue;
    if (!tensor_bytes(output_tensor(i).type, output.dims, output.bytes)) {
      return Status::failed("ENGINERY_RUN_FAILED", "Output \"" + output_name(i) + "\" is too large.");
    }
    if (!output_tensor(i).host && !output.stays) bytes += aligned(output.bytes);
  }
  Status status = grow(device_out_, aligned(bytes), Side::device);
  for (size_t i = 0; status.ok() && i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    if (output.grown) {
      status = context.set_allocator(inputs() + i, allocator_);
      continue;
    }
    const bool own = output_tensor(i).host || output.stays;
    if (own) status = grow(output.own, aligned(output.bytes), side_of(i));
    if (!status.ok()) break;
    void* const address = own ? output.own.memory.get() : device_out_.at(output.offset);
    status = context.set_address(inputs() + i, address);
  }
  return status;
}

// Where results arrive, as far as their sizes are known.
Status EngineTensors::place_results(const Run& run) {
  asked_for_ = run.outputs;
  targets_.resize(run.outputs.size());
  for (size_t i = 0; i < targets_.size(); ++i) targets_[i] = target_of(run, i);
  size_t bytes = 0;
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    Output& output = outputs_[run.outputs[i]];
    output.pinned_offset = bytes;
    if (!output.stays && targets_[i] == nullptr) bytes += aligned(output.bytes);
  }
  return grow(pinned_out_, aligned(bytes), Side::pinned);
}

void EngineTensors::take_feeds(const Run& run) {
  for (size_t i = 0; i < inputs(); ++i) {
    const TensorBuffer& feed = run.feeds[i];
    if (engine_.tensors()[i].host || used_in_place_[i] != nullptr || feed.bytes == 0) continue;
    std::memcpy(pinned_in_.at(offsets_[i]), feed.data, feed.bytes);
  }
}

Status EngineTensors::send(const Run& run, const CudaStream& stream) {
  if (bytes_in_ == 0) return {};
  if (std::any_of(used_in_place_.begin(), used_in_place_.end(), [](void* place) { return place != nullptr; })) {
    return send_each(run, stream);
  }
  const CudaAddress to = address_of(device_in_.memory.get());
  return device_.check(device_.driver().cuMemcpyHtoDAsync_v2(to, pinned_in_.memory.get(), bytes_in_, stream.handle()),
                       "cuMemcpyHtoDAsync");
}

Status EngineTensors::send_each(const Run& run, const CudaStream& stream) {
  Status status;
  for (size_t i = 0; status.ok() && i < inputs(); ++i) {
    const TensorBuffer& feed = run.feeds[i];
    if (engine_.tensors()[i].host || lies_there(feed) || feed.bytes == 0) continue;
    const void* const from = used_in_place_[i] != nullptr ? feed.data : pinned_in_.at(offsets_[i]);
    const CudaAddress to = address_of(device_in_.at(offsets_[i]));
    status = device_.check(device_.driver().cuMemcpyHtoDAsync_v2(to, from, feed.bytes, stream.handle()),
                           "cuMemcpyHtoDAsync");
  }
  return status;
}

Status EngineTensors::fetch(const Run& run, const CudaStream& stream) {
  Status status;
  if (!fixed_) {
    for (const uint32_t place : run.outputs) {
      Output& output = outputs_[place];
      if (!output.grown || tensor_bytes(output_tensor(place).type, output.dims, output.bytes)) continue;
      return Status::failed("ENGINERY_RUN_FAILED", "TensorRT did not say the shape of \"" + output_name(place) + "\".");
    }
    status = place_results(run);
  }
  for (size_t i = 0; status.ok() && i < run.outputs.size(); ++i) {
    const uint32_t place = run.outputs[i];
    const Output& output = outputs_[place];
    if (output_tensor(place).host || output.stays || output.bytes == 0) continue;
    void* const from = output.grown ? output.own.memory.get() : device_out_.at(output.offset);
    void* const to = targets_[i] != nullptr ? targets_[i] : pinned_out_.at(output.pinned_offset);
    status = device_.check(device_.driver().cuMemcpyDtoHAsync_v2(to, address_of(from), output.bytes, stream.handle()),
                           "cuMemcpyDtoHAsync");
  }
  return status;
}

Status EngineTensors::give_results(Run& run) {
  size_t small = 0;
  for (const uint32_t place : run.outputs) {
    if (!outputs_[place].stays && outputs_[place].bytes <= kSmallTensor) small += outputs_[place].bytes;
  }
  uint8_t* memory = run.small_results.resize(small);
  if (memory == nullptr) return Status::failed("ENGINERY_RUN_FAILED", "There is no memory for the outputs.");
  run.results.resize(run.outputs.size());
  Status status;
  for (size_t i = 0; status.ok() && i < run.outputs.size(); ++i) status = give_result(run, i, memory);
  return status;
}

Status EngineTensors::give_result(Run& run, size_t i, uint8_t*& small) {
  const size_t place = run.outputs[i];
  Output& output = outputs_[place];
  TensorBuffer& result = run.results[i];
  result.type = output_tensor(place).type;
  result.dims = output.dims;
  result.bytes = output.bytes;
  result.owner.reset();
  result.device = nullptr;
  if (output.stays) {
    on_device_.shrink(output.own.bytes);
    result.device = &device_;
    result.owner = released_elsewhere(device_, std::exchange(output.own, {}).memory);
    result.data = result.owner.get();
    return {};
  }
  result.data = output_tensor(place).host ? output.own.memory.get() : pinned_out_.at(output.pinned_offset);
  if (targets_[i] != nullptr) {
    result.type = ElementType::unknown;
    return {};
  }
  if (run.has_target(i)) {
    const Status status = copy_to_target(output_name(place), result, run.targets[i]);
    result.type = ElementType::unknown;
    return status;
  }
  void* memory = small;
  if (result.bytes <= kSmallTensor) {
    small += result.bytes;
  } else {
    result.owner = allocate_tensor_memory(result.bytes);
    memory = result.owner.get();
    if (memory == nullptr) return Status::failed("ENGINERY_RUN_FAILED", "There is no memory for the outputs.");
  }
  result.data = std::memcpy(memory, result.data, result.bytes);
  return {};
}

void EngineTensors::end_run() {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    for (const Block& block : outputs_[i].outgrown) share_of(side_of(i)).shrink(block.bytes);
    outputs_[i].outgrown.clear();
  }
}

void* EngineTensors::reallocate(int32_t place, uint64_t bytes) {
  Output& output = output_at(place);
  const size_t needed = aligned(bytes);
  if (needed <= output.own.bytes) return output.own.memory.get();
  if (output.own.memory) output.outgrown.push_back(std::exchange(output.own, {}));
  return grow(output.own, needed, side_of(static_cast<size_t>(place) - inputs())).ok() ? output.own.memory.get()
                                                                                       : nullptr;
}

Status EngineTensors::grow(Block& block, size_t bytes, Side side) {
  if (bytes <= block.bytes) return {};
  EngineMemory::Share& share = share_of(side);
  share.shrink(std::exchange(block, {}).bytes);
  Status status = share.grow(bytes);
  if (!status.ok()) return status;
  status = side == Side::pinned ? device_.allocate_pinned(bytes, block.memory) : device_.allocate(bytes, block.memory);
  if (status.ok()) {
    block.bytes = bytes;
  } else {
    share.shrink(bytes);
  }
  return status;
}

}  // namespace enginery
