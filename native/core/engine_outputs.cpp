#include "core/engine_outputs.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "core/device_tensor.h"
#include "core/pinned_tensor.h"

namespace enginery {
namespace {

std::unique_ptr<EngineBlock> block_for(const LoadedEngine& engine, bool host) {
  return std::make_unique<EngineBlock>(engine, host ? EngineBlock::Side::pinned : EngineBlock::Side::device);
}

}  // namespace

EngineOutputs::Output::Output(const LoadedEngine& engine, const LoadedEngine::Tensor& tensor)
    : host(tensor.host), alias(tensor.alias), own(block_for(engine, tensor.host)) {
  dims.reserve(ENGINERY_BRIDGE_MAX_RANK);  // reshape(), which TensorRT calls, is not to throw
}

EngineOutputs::EngineOutputs(const LoadedEngine& engine)
    : engine_(engine),
      device_(engine.device()),
      there_(engine, EngineBlock::Side::device),
      pinned_(engine, EngineBlock::Side::pinned) {
  for (size_t i = 0; i < engine.outputs().size(); ++i) outputs_.emplace_back(engine, engine.tensors()[place_of(i)]);
  allocator_.user = this;
  allocator_.reallocate = [](void* user, int32_t place, uint64_t size) {
    auto& self = *static_cast<EngineOutputs*>(user);
    return self.reallocate(self.output_at(place), size);
  };
  allocator_.shape = [](void* user, int32_t place, int32_t rank, const int64_t* dims) {
    auto& self = *static_cast<EngineOutputs*>(user);
    self.reshape(self.output_at(place), rank, dims);
  };
}

bool EngineOutputs::laid_out_for(const Run& run) const {
  if (run.outputs != asked_for_ || std::find(run.stays.begin(), run.stays.end(), true) != run.stays.end()) return false;
  for (size_t i = 0; i < targets_.size(); ++i) {
    if (targets_[i] != target_of(run, i)) return false;
  }
  return true;
}

// Where the GPU may write an output to by itself.
void* EngineOutputs::target_of(const Run& run, size_t i) const {
  if (!run.has_target(i)) return nullptr;
  const Output& output = outputs_[run.outputs[i]];
  const TensorBuffer& target = run.targets[i];
  const bool fits = target.type == type_of(run.outputs[i]) && target.dims == output.dims;
  return fits && !output.host && is_pinned_for(target, device_) ? target.data : nullptr;
}

Status EngineOutputs::lay_out(const Run& run, const EngineInputs& inputs, EngineContext& context) {
  Status status = mark(run);
  if (status.ok()) status = measure(context);
  if (status.ok()) status = place(inputs, context);
  if (status.ok()) status = place_results(run);
  fixed_ =
      std::none_of(outputs_.begin(), outputs_.end(), [](const Output& output) { return output.grown || output.stays; });
  return status;
}

Status EngineOutputs::mark(const Run& run) {
  for (Output& output : outputs_) output.stays = false;
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    if (!run.stays_on_device(i)) continue;
    Output& output = outputs_[run.outputs[i]];
    if (output.host) {
      return Status::failed(
          "ENGINERY_OPTION_UNSUPPORTED",
          "Output \"" + name_of(run.outputs[i]) +
              "\" holds a shape, which TensorRT gives in the CPU's memory: it cannot stay on the GPU.");
    }
    if (output.alias >= 0) {
      return Status::failed("ENGINERY_OPTION_UNSUPPORTED",
                            "Output \"" + name_of(run.outputs[i]) + "\" is written over input \"" +
                                engine_.inputs()[static_cast<size_t>(output.alias)].name +
                                "\", in memory that the next run uses again: it cannot stay on the GPU.");
    }
    output.stays = true;
    output.own->hand_over();
  }
  return {};
}

Status EngineOutputs::measure(EngineContext& context) {
  size_t bytes = 0;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    const Status status = context.output_dims(place_of(i), output.dims);
    if (!status.ok()) return status;
    output.grown = std::any_of(output.dims.begin(), output.dims.end(), [](int64_t dim) { return dim < 0; });
    output.offset = bytes;
    output.bytes = 0;
    if (output.grown) continue;
    if (!tensor_bytes(type_of(i), output.dims, output.bytes)) {
      return Status::failed("ENGINERY_RUN_FAILED", "Output \"" + name_of(i) + "\" is too large.");
    }
    if (!output.host && !output.stays && output.alias < 0) bytes += aligned(output.bytes);
  }
  return there_.grow(aligned(bytes));
}

Status EngineOutputs::place(const EngineInputs& inputs, EngineContext& context) {
  Status status;
  for (size_t i = 0; status.ok() && i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    if (output.grown) {
      status = context.set_allocator(place_of(i), allocator_);
      continue;
    }
    const bool own = output.host || output.stays;
    if (own) status = output.own->grow(aligned(output.bytes));
    output.address = own                 ? output.own->data()
                     : output.alias >= 0 ? inputs.address(static_cast<size_t>(output.alias))
                                         : there_.at(output.offset);
    if (status.ok()) status = context.set_address(place_of(i), output.address);
  }
  return status;
}

// Where results arrive, as far as their sizes are known.
Status EngineOutputs::place_results(const Run& run) {
  asked_for_ = run.outputs;
  targets_.resize(run.outputs.size());
  size_t bytes = 0;
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    Output& output = outputs_[run.outputs[i]];
    targets_[i] = target_of(run, i);
    output.pinned_offset = bytes;
    if (!output.host && !output.stays && targets_[i] == nullptr) bytes += aligned(output.bytes);
  }
  return pinned_.grow(aligned(bytes));
}

Status EngineOutputs::fetch(const Run& run, const CudaStream& stream) {
  Status status;
  if (!fixed_) {
    for (const uint32_t i : run.outputs) {
      Output& output = outputs_[i];
      if (!output.grown || tensor_bytes(type_of(i), output.dims, output.bytes)) continue;
      return Status::failed("ENGINERY_RUN_FAILED", "TensorRT did not say the shape of \"" + name_of(i) + "\".");
    }
    status = place_results(run);
  }
  for (size_t i = 0; status.ok() && i < run.outputs.size(); ++i) {
    const Output& output = outputs_[run.outputs[i]];
    if (output.host || output.stays || output.bytes == 0) continue;
    void* const from = output.grown ? output.own->data() : output.address;
    void* const to = targets_[i] != nullptr ? targets_[i] : pinned_.at(output.pinned_offset);
    status = device_.check(
        device_.driver().cuMemcpyDtoHAsync_v2(to, reinterpret_cast<CudaAddress>(from), output.bytes, stream.handle()),
        "cuMemcpyDtoHAsync");
  }
  return status;
}

Status EngineOutputs::give(Run& run) {
  size_t small = 0;
  for (const uint32_t i : run.outputs) {
    if (!outputs_[i].stays && outputs_[i].bytes <= kSmallTensor) small += outputs_[i].bytes;
  }
  uint8_t* memory = run.small_results.resize(small);
  if (memory == nullptr) return Status::failed("ENGINERY_RUN_FAILED", "There is no memory for the outputs.");
  run.results.resize(run.outputs.size());
  Status status;
  for (size_t i = 0; status.ok() && i < run.outputs.size(); ++i) status = give_one(run, i, memory);
  return status;
}

Status EngineOutputs::give_one(Run& run, size_t i, uint8_t*& small) {
  Output& output = outputs_[run.outputs[i]];
  TensorBuffer& result = run.results[i];
  result.type = type_of(run.outputs[i]);
  result.dims = output.dims;
  result.bytes = output.bytes;
  result.owner.reset();
  result.device = nullptr;
  if (output.stays) {
    result.device = &device_;
    result.owner = released_elsewhere(device_, output.own->hand_over());
    result.data = result.owner.get();
    return {};
  }
  result.data = output.host ? output.own->data() : pinned_.at(output.pinned_offset);
  if (run.has_target(i)) {
    Status status;
    if (targets_[i] == nullptr) status = copy_to_target(name_of(run.outputs[i]), result, run.targets[i]);
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

void EngineOutputs::end_run() {
  for (Output& output : outputs_) output.outgrown.clear();
  memory_ = {};
}

void* EngineOutputs::reallocate(Output& output, uint64_t bytes) {
  const size_t needed = aligned(bytes);
  if (needed <= output.own->bytes()) return output.own->data();
  try {
    if (output.own->bytes() > 0) {
      output.outgrown.push_back(std::exchange(output.own, block_for(engine_, output.host)));
    }
    Status status = output.own->grow(needed);
    if (status.ok()) return output.own->data();
    memory_ = std::move(status);
  } catch (const std::exception&) {
    // The CPU's memory is full, and TensorRT calls.
  }
  return nullptr;
}

void EngineOutputs::reshape(Output& output, int32_t rank, const int64_t* dims) {
  if (rank >= 0) output.dims.assign(dims, dims + rank);  // else it is unknown still, which fetch() finds
}

}  // namespace enginery
