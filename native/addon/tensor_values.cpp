#include "addon/tensor_values.h"

#include <cstring>
#include <memory>

#include "core/tensor_memory.h"

namespace enginery {
namespace {

// Measured: below this, allocating and copying is quicker than an external ArrayBuffer.
constexpr size_t kWorthSharing = 64 * 1024;

Napi::ArrayBuffer to_array_buffer(Napi::Env env, const TensorBuffer& tensor) {
  if (tensor.bytes >= kWorthSharing) {
    // The tensor's memory, owned by what owns it.
    const Napi::Value shared = to_external(env, {tensor.owner, tensor.data}, tensor.bytes);
    if (!shared.IsNull()) return shared.As<Napi::ArrayBuffer>();
  }
  Napi::ArrayBuffer copy = Napi::ArrayBuffer::New(env, tensor.bytes);
  if (tensor.bytes > 0) std::memcpy(copy.Data(), tensor.data, tensor.bytes);
  return copy;
}

Napi::Array to_strings(Napi::Env env, const std::vector<std::string>& strings) {
  Napi::Array array = Napi::Array::New(env, strings.size());
  for (uint32_t i = 0; i < strings.size(); ++i) array[i] = Napi::String::New(env, strings[i]);
  return array;
}

}  // namespace

Napi::Array to_numbers(Napi::Env env, const std::vector<int64_t>& dims) {
  Napi::Array array = Napi::Array::New(env, dims.size());
  for (uint32_t i = 0; i < dims.size(); ++i) array[i] = Napi::Number::New(env, static_cast<double>(dims[i]));
  return array;
}

Napi::Value to_external(Napi::Env env, const std::shared_ptr<void>& memory, size_t bytes) {
  auto* owner = new std::shared_ptr<void>(memory);
  napi_value shared = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      env, memory.get(), bytes, [](napi_env, void*, void* hint) { delete static_cast<std::shared_ptr<void>*>(hint); },
      owner, &shared);
  if (status == napi_ok) return {env, shared};
  delete owner;
  return env.Null();
}

Napi::Value allocate_array_buffer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto bytes = static_cast<size_t>(info[0].As<Napi::Number>().Int64Value());
  auto memory = allocate_shared_memory(bytes);
  if (!memory) return env.Null();
  std::memset(memory.get(), 0, bytes);
  return to_external(env, memory, bytes);
}

Napi::Value to_js(Napi::Env env, const TensorSpec& spec) {
  Napi::Object object = Napi::Object::New(env);
  object["name"] = Napi::String::New(env, spec.name);
  object["type"] = Napi::String::New(env, spec.type);
  object["dims"] = to_numbers(env, spec.dims);
  object["symbols"] = to_strings(env, spec.symbols);
  return object;
}

Napi::Value elements_to_js(Napi::Env env, const TensorBuffer& tensor) {
  if (tensor.type == ElementType::string) return to_strings(env, tensor.strings);
  return Napi::Uint8Array::New(env, tensor.bytes, to_array_buffer(env, tensor), 0);
}

}  // namespace enginery
