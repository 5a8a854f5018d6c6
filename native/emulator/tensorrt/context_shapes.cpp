// The shapes of a context's inputs and outputs.
#include <algorithm>
#include <cstring>

#include "emulator/tensorrt/context.h"
#include "emulator/tensorrt/tensors.h"

namespace enginery::emulator {
namespace {

bool within(const std::vector<int64_t>& values, const PlanRange& range, bool of_values) {
  const auto& bounds = of_values ? range.values : range.dims;
  if (bounds[0].empty()) return true;
  if (bounds[0].size() != values.size()) return false;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < bounds[0][i] || values[i] > bounds[2][i]) return false;
  }
  return true;
}

const PlanRange* range_of(const Plan& plan, int32_t profile, const std::string& name) {
  const auto place = static_cast<size_t>(profile);
  if (place >= plan.profiles.size()) return nullptr;
  const auto found = plan.profiles[place].find(name);
  return found == plan.profiles[place].end() ? nullptr : &found->second;
}

}  // namespace

bool Context::do_setOptimizationProfileAsync(int32_t profile, cudaStream_t stream) noexcept {
  if (profile < 0 || profile >= core_->profiles()) {
    return error("setOptimizationProfileAsync: there is no profile " + std::to_string(profile));
  }
  if (stream == nullptr) log(Severity::kWARNING, "setOptimizationProfileAsync is called with the default stream");
  if (flight_->queued > 0) return breach("setOptimizationProfileAsync: the context's work is on a stream");
  if (profile == profile_) return true;
  profile_ = profile;
  for (Slot& slot : slots_) slot.set = false;
  outputs_ = nullptr;
  warm_ = false;
  return options_.strategy != ExecutionContextAllocationStrategy::kON_PROFILE_CHANGE || allocate_scratch();
}

bool Context::within_profile(size_t place, const std::vector<int64_t>& dims) const {
  const PlanTensor& tensor = core_->plan.tensors[place];
  if (dims.size() != tensor.dims.size()) return false;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] < 0 || (tensor.dims[i] >= 0 && tensor.dims[i] != dims[i])) return false;
  }
  const PlanRange* const range = range_of(core_->plan, profile_, tensor.name);
  return range == nullptr || within(dims, *range, false);
}

bool Context::do_setInputShape(const char* name, const Dims& dims) noexcept {
  const int place = core_->place(name);
  if (place < 0 || core_->plan.tensors[static_cast<size_t>(place)].output) {
    return error(std::string("setInputShape: there is no input ") + (name != nullptr ? name : "(null)"));
  }
  std::vector<int64_t> wanted = from_dims(dims);
  if (!within_profile(static_cast<size_t>(place), wanted)) {
    return breach(std::string("setInputShape: ") + show(wanted) + " of " + name + " is not within profile " +
                  std::to_string(profile_));
  }
  Slot& slot = slots_[static_cast<size_t>(place)];
  if (slot.set && slot.dims == wanted) return true;
  slot.dims = std::move(wanted);
  slot.set = true;
  outputs_ = nullptr;
  warm_ = false;
  return true;
}

// Where nothing was set: what the network or the profile leaves no choice about, -1 elsewhere.
std::vector<int64_t> Context::input_dims(size_t place) const {
  if (slots_[place].set) return slots_[place].dims;
  const PlanTensor& tensor = core_->plan.tensors[place];
  std::vector<int64_t> dims = tensor.dims;
  const PlanRange* const range = range_of(core_->plan, profile_, tensor.name);
  for (size_t i = 0; range != nullptr && !range->dims[0].empty() && i < dims.size(); ++i) {
    if (dims[i] < 0 && range->dims[0][i] == range->dims[2][i]) dims[i] = range->dims[0][i];
  }
  return dims;
}

std::vector<std::string> Context::unspecified() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < slots_.size(); ++i) {
    const PlanTensor& tensor = core_->plan.tensors[i];
    if (tensor.output) continue;
    if (is_dynamic(input_dims(i)) || (tensor.shape && slots_[i].address == nullptr)) names.push_back(tensor.name);
  }
  return names;
}

bool Context::do_allInputDimensionsSpecified() const noexcept {
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (!core_->plan.tensors[i].output && is_dynamic(input_dims(i))) return false;
  }
  return true;
}

std::string Context::shape_values(size_t place) const {
  const PlanTensor& tensor = core_->plan.tensors[place];
  if (!tensor.shape) return {};
  return {static_cast<const char*>(slots_[place].address), bytes_of(tensor.type, input_dims(place))};
}

bool Context::values_within_profile(size_t place, const std::string& values) const {
  const PlanTensor& tensor = core_->plan.tensors[place];
  const PlanRange* const range = range_of(core_->plan, profile_, tensor.name);
  if (range == nullptr) return true;
  const size_t size = tensor.type == DataType::kINT64 ? sizeof(int64_t) : sizeof(int32_t);
  std::vector<int64_t> numbers;
  for (size_t at = 0; at + size <= values.size(); at += size) {
    int64_t wide = 0;
    int32_t narrow = 0;
    std::memcpy(&wide, values.data() + at, size);
    std::memcpy(&narrow, values.data() + at, sizeof narrow);
    numbers.push_back(size == sizeof wide ? wide : narrow);
  }
  return within(numbers, *range, true);
}

// Null where an input is not specified, or where the model does not take them.
std::shared_ptr<const ShapeOutputs> Context::output_shapes() const {
  const bool has_shape_inputs = std::any_of(core_->plan.tensors.begin(), core_->plan.tensors.end(),
                                            [](const PlanTensor& it) { return it.shape && !it.output; });
  if (outputs_ != nullptr && !has_shape_inputs) return outputs_;
  if (!unspecified().empty()) return nullptr;
  std::vector<ShapeInput> inputs;
  for (size_t i = 0; i < slots_.size(); ++i) {
    const PlanTensor& tensor = core_->plan.tensors[i];
    if (tensor.output) continue;
    inputs.push_back({&tensor, input_dims(i), shape_values(i)});
    if (!tensor.shape || values_within_profile(i, inputs.back().values)) continue;
    breach("the values of " + tensor.name + " are not within profile " + std::to_string(profile_));
    return nullptr;
  }
  std::string reason;
  outputs_ = core_->shapes.find(inputs, core_->model().get(), reason);
  if (outputs_ == nullptr) error("Error Code 7: the shapes of the outputs cannot be computed: " + reason);
  return outputs_;
}

Dims Context::do_getTensorShape(const char* name) const noexcept {
  const int place = core_->place(name);
  if (place < 0) return failure<Dims>();
  const PlanTensor& tensor = core_->plan.tensors[static_cast<size_t>(place)];
  if (!tensor.output) return to_dims(input_dims(static_cast<size_t>(place)));
  if (!is_dynamic(tensor.dims) || !unspecified().empty()) return to_dims(tensor.dims);
  const auto shapes = output_shapes();
  return shapes == nullptr ? to_dims(tensor.dims) : to_dims(shapes->at(tensor.name).dims);
}

int32_t Context::do_inferShapes(int32_t count, const char** names) noexcept {
  if (count < 0 || (names == nullptr && count != 0)) return -1;
  const std::vector<std::string> missing = unspecified();
  for (size_t i = 0; i < missing.size() && i < static_cast<size_t>(count); ++i) {
    names[i] = core_->tensor(missing[i].c_str())->name.c_str();
  }
  if (!missing.empty()) return static_cast<int32_t>(missing.size());
  const auto shapes = output_shapes();
  if (shapes == nullptr) return -1;
  for (const HostOutput& output : host_outputs(*shapes)) output.write();
  return 0;
}

// Those that have an address.
std::vector<HostOutput> Context::host_outputs(const ShapeOutputs& shapes) const {
  std::vector<HostOutput> found;
  for (size_t i = 0; i < slots_.size(); ++i) {
    const PlanTensor& tensor = core_->plan.tensors[i];
    if (!tensor.output || !tensor.shape || slots_[i].address == nullptr) continue;
    found.push_back({slots_[i].address, shapes.at(tensor.name).values});
  }
  return found;
}

int64_t Context::do_getMaxOutputSize(const char* name) const noexcept {
  const PlanTensor* const tensor = core_->tensor(name);
  if (tensor == nullptr || !tensor->output || !unspecified().empty()) return -1;
  const auto shapes = output_shapes();
  return shapes == nullptr ? -1 : static_cast<int64_t>(shapes->at(tensor->name).most_bytes);
}

size_t Context::scratch_bytes() const { return core_->scratch_bytes(static_cast<size_t>(profile_)); }

size_t Context::do_updateDeviceMemorySizeForShapes() noexcept {
  if (unspecified().empty()) return scratch_bytes();
  error("updateDeviceMemorySizeForShapes: not all inputs have shapes");
  return 0;
}

bool Context::allocate_scratch() {
  const auto strategy = options_.strategy;
  if (strategy == ExecutionContextAllocationStrategy::kUSER_MANAGED) return true;
  const bool largest = strategy == ExecutionContextAllocationStrategy::kSTATIC;
  size_t bytes = scratch_bytes();
  for (int32_t profile = 0; largest && profile < core_->profiles(); ++profile) {
    bytes = std::max(bytes, core_->scratch_bytes(static_cast<size_t>(profile)));
  }
  return own_scratch_.allocate(bytes) || error("Error Code 2: OutOfMemory (no memory for an execution context)");
}

}  // namespace enginery::emulator
