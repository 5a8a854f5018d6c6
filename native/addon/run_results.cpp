#include "addon/run_results.h"

#include <cstring>
#include <exception>
#include <string>

#include "addon/completions.h"
#include "addon/tensor_values.h"
#include "core/cuda_device.h"

namespace enginery {
namespace {

// So that every element lies where its type wants it.
constexpr size_t kAlignment = 16;

}  // namespace

void RunResults::add(Napi::Env env, uint32_t slot, const Run& run) {
  const size_t numbers = numbers_.size(), bytes = bytes_.size(), values = values_.size();
  const DeviceTensors::Number tensors = device_tensors_.last();
  const auto fail = [&](const Status& status) {
    numbers_.resize(numbers);
    bytes_.resize(bytes);
    values_.resize(values);
    device_tensors_.remove_after(tensors);
    numbers_.insert(numbers_.end(), {static_cast<double>(slot), 0});
    values_.push_back(to_js(env, status));
  };
  if (!run.status.ok()) return fail(run.status);
  try {
    numbers_.insert(numbers_.end(), {static_cast<double>(slot), 1, run.queue_ms, run.compute_ms,
                                     static_cast<double>(run.results.size())});
    for (const TensorBuffer& output : run.results) add_output(env, output);
  } catch (const std::exception& error) {  // out of memory, a string too long for JS
    fail(Status::failed("ENGINERY_INTERNAL", std::string("The result cannot be given to JavaScript: ") + error.what()));
  }
}

void RunResults::add_output(Napi::Env env, const TensorBuffer& output) {
  numbers_.push_back(static_cast<double>(output.type));
  if (output.type == ElementType::unknown) return;
  numbers_.push_back(static_cast<double>(output.dims.size()));
  numbers_.insert(numbers_.end(), output.dims.begin(), output.dims.end());
  if (output.device != nullptr) {
    const auto number = static_cast<double>(device_tensors_.add(output));
    numbers_.insert(numbers_.end(),
                    {-2, number, static_cast<double>(output.bytes), static_cast<double>(output.device->ordinal())});
    return;
  }
  if (output.type == ElementType::string || output.bytes > kSmallTensor) {
    numbers_.push_back(-1);
    values_.push_back(elements_to_js(env, output));
    return;
  }
  const size_t offset = bytes_.size();
  numbers_.push_back(static_cast<double>(offset));
  bytes_.resize(offset + (output.bytes + kAlignment - 1) / kAlignment * kAlignment);
  if (output.bytes > 0) std::memcpy(bytes_.data() + offset, output.data, output.bytes);
}

Napi::Value RunResults::take(Napi::Env env, const RunPage& page) {
  Napi::Value results;
  if (numbers_.size() <= RunPage::kResultNumbers && bytes_.size() <= RunPage::kResultBytes && values_.empty()) {
    std::memcpy(page.result_numbers, numbers_.data(), numbers_.size() * sizeof(double));
    if (!bytes_.empty()) std::memcpy(page.result_bytes, bytes_.data(), bytes_.size());
    results = Napi::Number::New(env, static_cast<double>(numbers_.size()));
  } else {
    results = to_values(env);
  }
  numbers_.clear();
  bytes_.clear();
  values_.clear();
  return results;
}

Napi::Value RunResults::to_values(Napi::Env env) const {
  Napi::Float64Array numbers = Napi::Float64Array::New(env, numbers_.size());
  std::memcpy(numbers.Data(), numbers_.data(), numbers_.size() * sizeof(double));
  Napi::ArrayBuffer bytes = Napi::ArrayBuffer::New(env, bytes_.size());
  if (!bytes_.empty()) std::memcpy(bytes.Data(), bytes_.data(), bytes_.size());
  Napi::Array values = Napi::Array::New(env, values_.size());
  for (uint32_t i = 0; i < values_.size(); ++i) values[i] = Napi::Value(env, values_[i]);
  Napi::Array all = Napi::Array::New(env, 3);
  all[0u] = numbers;
  all[1u] = bytes;
  all[2u] = values;
  return all;
}

}  // namespace enginery
