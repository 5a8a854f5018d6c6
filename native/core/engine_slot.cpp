#include "core/engine_slot.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace enginery {
namespace {

// What TensorRT wants of addresses; also the least that is allocated, as no address may be null.
constexpr size_t kAlignment = 256;

size_t aligned(size_t bytes) { return std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment); }

}  // namespace

EngineSlot::EngineSlot(const LoadedEngine& engine, const EngineOptions& options, const RuntimeCache& cache)
    : engine_(engine),
      bridge_(engine.bridge()),
      device_(engine.device()),
      options_(options),
      cache_(cache),
      log_(options.on_log),
      offsets_(engine.inputs().size()),
      outputs_(engine.outputs().size()) {
  allocator_.user = this;
  allocator_.reallocate = [](void* self, int32_t output, void*, uint64_t size, uint64_t, void*) {
    return static_cast<EngineSlot*>(self)->reallocate(output, size);
  };
  allocator_.shape = [](void* self, int32_t output, int32_t rank, const int64_t* dims) {
    static_cast<EngineSlot*>(self)->output_at(output).dims.assign(dims, dims + rank);
  };
}

EngineSlot::~EngineSlot() {
  stream_.reset();  // waits for work that was left, which uses all else
  CudaDevice::Entered entered;
  // Where the device cannot be entered any more its objects are gone.
  if (context_ != nullptr && device_.enter(entered).ok()) bridge_.destroy_context(context_);
}

Status EngineSlot::prepare() {
  CudaDevice::Entered entered;
  Status status = device_.enter(entered);
  if (status.ok()) status = CudaStream::open(device_.shared_from_this(), stream_);
  if (status.ok()) status = CudaEvent::open(device_.shared_from_this(), done_);
  if (!status.ok()) return status;
  std::vector<EngineryBridgeSetting> settings;
  for (const BuildSetting& it : options_.settings) {
    settings.push_back({it.name.c_str(), it.text.empty() ? nullptr : it.text.c_str(), it.number});
  }
  const EngineryBridgeContextOptions options{settings.data(), settings.size(), cache_.bytes().data(),
                                             cache_.bytes().size()};
  EngineryBridgeResult result{};
  const int32_t made = bridge_.create_context(engine_.handle(), &options, &log_.callbacks(), &result, &context_);
  if (made == ENGINERY_BRIDGE_OK) return {};
  if (made == ENGINERY_BRIDGE_SETTING_REFUSED) {
    return Status::failed("ENGINERY_OPTION_UNSUPPORTED", "TensorRT refuses the option", result.refused);
  }
  return refused("ENGINERY_SESSION_FAILED", "TensorRT makes no execution context");
}

// A sticky error comes first: what TensorRT logged is then only its consequence.
Status EngineSlot::refused(const char* code, const std::string& what) {
  return device_.lost() ? device_.lost_status() : failed_as_logged(code, what, log_);
}

Status EngineSlot::execute(Run& run) {
  CudaDevice::Entered entered;
  Status status = device_.enter(entered);
  if (!status.ok()) return status;
  status = run_once(run);
  // After a failure work may still be queued that uses this slot's memory.
  if (!status.ok() && !device_.check(device_.driver().cuStreamSynchronize(stream()), "cuStreamSynchronize").ok()) {
    broken_ = true;
  }
  for (Output& output : outputs_) output.outgrown.clear();
  if (device_.lost()) status = device_.lost_status();
  return stopped_ ? Status::cancelled() : status;
}

bool EngineSlot::reset() {
  stopped_ = false;
  return !broken_ && !device_.lost();
}

Status EngineSlot::run_once(Run& run) {
  Status status = choose_profile(run);
  if (status.ok()) status = feed(run);
  if (status.ok()) status = place_outputs();
  if (!status.ok()) return status;
  if (bridge_.enqueue(context_, stream()) == 0) return refused("ENGINERY_RUN_FAILED", "TensorRT does not run");
  status = fetch(run);
  if (status.ok()) status = done_->record(*stream_);
  if (status.ok()) status = done_->wait();
  if (status.ok()) status = take_results(run);
  return status;
}

Status EngineSlot::choose_profile(const Run& run) {
  const int32_t profile = engine_.profile_for(run.feeds, profile_);
  if (profile < 0)
    return Status::failed("ENGINERY_INVALID_FEED", "No optimization profile of the engine takes the feeds.");
  if (bridge_.set_profile(context_, profile, stream()) == 0) {
    return refused("ENGINERY_RUN_FAILED", "TensorRT does not take the optimization profile");
  }
  profile_ = profile;
  return {};
}

// One copy takes all inputs to the device: through pinned memory, the only one that a GPU copies by itself.
Status EngineSlot::feed(const Run& run) {
  size_t bytes = 0;
  for (size_t i = 0; i < inputs(); ++i) {
    offsets_[i] = bytes;
    if (!engine_.tensors()[i].host) bytes += aligned(run.feeds[i].bytes);
  }
  Status status = grow(pinned_in_, aligned(bytes), true);
  if (status.ok()) status = grow(device_in_, aligned(bytes), false);
  if (!status.ok()) return status;
  for (size_t i = 0; i < inputs(); ++i) {
    const TensorBuffer& feed = run.feeds[i];
    const auto place = static_cast<int32_t>(i);
    const bool host = engine_.tensors()[i].host && feed.bytes > 0;
    if (!host && feed.bytes > 0) std::memcpy(pinned_in_.at(offsets_[i]), feed.data, feed.bytes);
    if (bridge_.set_shape(context_, place, static_cast<int32_t>(feed.dims.size()), feed.dims.data()) == 0 ||
        bridge_.set_address(context_, place, host ? feed.data : device_in_.at(offsets_[i])) == 0) {
      return refused("ENGINERY_RUN_FAILED", "TensorRT does not take input \"" + engine_.inputs()[i].name + "\"");
    }
  }
  if (bytes == 0) return {};
  return device_.check(device_.driver().cuMemcpyHtoDAsync_v2(reinterpret_cast<CudaAddress>(device_in_.memory.get()),
                                                             pinned_in_.memory.get(), bytes, stream()),
                       "cuMemcpyHtoDAsync");
}

Status EngineSlot::place_outputs() {
  size_t bytes = 0;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    int32_t rank = 0;
    int64_t dims[ENGINERY_BRIDGE_MAX_RANK];
    if (bridge_.output_dims(context_, place_of(i), &rank, dims) == 0) {
      return refused("ENGINERY_RUN_FAILED", "TensorRT does not say the shape of \"" + engine_.outputs()[i].name + "\"");
    }
    output.dims.assign(dims, dims + rank);
    output.grown = std::any_of(dims, dims + rank, [](int64_t dim) { return dim < 0; });
    output.offset = bytes;
    output.bytes = 0;
    if (output.grown) continue;
    if (!tensor_bytes(tensor(i).type, output.dims, output.bytes)) {
      return Status::failed("ENGINERY_RUN_FAILED", "Output \"" + engine_.outputs()[i].name + "\" is too large.");
    }
    if (!tensor(i).host) bytes += aligned(output.bytes);
  }
  Status status = grow(device_out_, aligned(bytes), false);
  for (size_t i = 0; status.ok() && i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    if (output.grown) {
      if (bridge_.set_output_allocator(context_, place_of(i), &allocator_) == 0) {
        status = refused("ENGINERY_RUN_FAILED", "TensorRT takes no allocator for an output");
      }
      continue;
    }
    if (tensor(i).host) status = grow(output.own, aligned(output.bytes), true);
    if (!status.ok()) break;
    void* const address = tensor(i).host ? output.own.memory.get() : device_out_.at(output.offset);
    if (bridge_.set_address(context_, place_of(i), address) == 0) {
      status = refused("ENGINERY_RUN_FAILED", "TensorRT does not take the memory of an output");
    }
  }
  return status;
}

void* EngineSlot::reallocate(int32_t place, uint64_t size) {
  Output& out = output_at(place);
  const size_t bytes = aligned(size);
  if (bytes <= out.own.bytes) return out.own.memory.get();
  if (out.own.memory) out.outgrown.push_back(std::move(out.own));
  out.own = {};
  return grow(out.own, bytes, tensor(index_of(place)).host).ok() ? out.own.memory.get() : nullptr;
}

Status EngineSlot::fetch(const Run& run) {
  size_t bytes = 0;
  for (const uint32_t place : run.outputs) {
    Output& output = outputs_[place];
    if (output.grown && !tensor_bytes(tensor(place).type, output.dims, output.bytes)) {
      return Status::failed("ENGINERY_RUN_FAILED",
                            "TensorRT did not say the shape of \"" + engine_.outputs()[place].name + "\".");
    }
    output.pinned_offset = bytes;
    bytes += aligned(output.bytes);
  }
  Status status = grow(pinned_out_, aligned(bytes), true);
  for (const uint32_t place : run.outputs) {
    const Output& output = outputs_[place];
    if (!status.ok()) break;
    if (tensor(place).host || output.bytes == 0) continue;
    const uint8_t* const from = output.grown ? output.own.at(0) : device_out_.at(output.offset);
    status = device_.check(
        device_.driver().cuMemcpyDtoHAsync_v2(pinned_out_.at(output.pinned_offset), reinterpret_cast<CudaAddress>(from),
                                              output.bytes, stream()),
        "cuMemcpyDtoHAsync");
  }
  return status;
}

Status EngineSlot::take_results(Run& run) {
  size_t small = 0;
  for (const uint32_t place : run.outputs) {
    if (outputs_[place].bytes <= kSmallTensor) small += outputs_[place].bytes;
  }
  uint8_t* memory = run.small_results.resize(small);
  if (memory == nullptr) return Status::failed("ENGINERY_RUN_FAILED", "There is no memory for the outputs.");
  run.results.resize(run.outputs.size());
  Status status;
  for (size_t i = 0; status.ok() && i < run.outputs.size(); ++i) status = result_of(run.outputs[i], run, i, memory);
  return status;
}

Status EngineSlot::result_of(size_t place, Run& run, size_t i, uint8_t*& small) {
  const Output& output = outputs_[place];
  TensorBuffer& result = run.results[i];
  result.type = tensor(place).type;
  result.dims = output.dims;
  result.bytes = output.bytes;
  result.owner.reset();
  result.data = tensor(place).host ? output.own.memory.get() : pinned_out_.at(output.pinned_offset);
  if (run.has_target(i)) {
    const Status status = copy_to_target(engine_.outputs()[place].name, result, run.targets[i]);
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

Status EngineSlot::grow(Block& block, size_t bytes, bool pinned) {
  if (bytes <= block.bytes) return {};
  block = {};
  const Status status = pinned ? device_.allocate_pinned(bytes, block.memory) : device_.allocate(bytes, block.memory);
  if (status.ok()) block.bytes = bytes;
  return status;
}

std::vector<uint8_t> EngineSlot::compiled_kernels() {
  CudaDevice::Entered entered;
  if (context_ == nullptr || !device_.enter(entered).ok()) return {};
  log_.written.clear();
  return bridge_.save_runtime_cache(context_, &log_.callbacks()) != 0 ? std::move(log_.written)
                                                                      : std::vector<uint8_t>{};
}

}  // namespace enginery
