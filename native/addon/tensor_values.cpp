#include "addon/tensor_values.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace enginery {
namespace {

// Measured: below this, allocating and copying is quicker than an external ArrayBuffer.
constexpr size_t kWorthSharing = 64 * 1024;

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector register

std::shared_ptr<void> allocate(size_t bytes) {
  const size_t rounded = std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
  return {std::aligned_alloc(kAlignment, rounded), std::free};
}

std::vector<int64_t> to_dims(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<int64_t> dims(array.Length());
  for (uint32_t i = 0; i < dims.size(); ++i) dims[i] = array.Get(i).As<Napi::Number>().Int64Value();
  return dims;
}

void copy_strings(const Napi::Value& data, TensorBuffer& out) {
  const auto array = data.As<Napi::Array>();
  size_t count = 0;
  if (!tensor_bytes(ElementType::uint8, out.dims, count) || count != array.Length()) {
    throw Napi::RangeError::New(data.Env(), "strings and dims disagree");
  }
  out.strings.reserve(count);
  for (uint32_t i = 0; i < count; ++i) out.strings.push_back(array.Get(i).As<Napi::String>());
}

void copy_bytes(const Napi::Value& data, TensorBuffer& out) {
  if (!data.IsTypedArray()) throw Napi::TypeError::New(data.Env(), "data is not a typed array");
  const auto array = data.As<Napi::Uint8Array>();
  if (!tensor_bytes(out.type, out.dims, out.bytes) || out.bytes != array.ByteLength()) {
    throw Napi::RangeError::New(data.Env(), "bytes, type and dims disagree");
  }
  out.owner = allocate(out.bytes);
  if (!out.owner) throw Napi::RangeError::New(data.Env(), "out of memory");
  out.data = out.owner.get();
  if (out.bytes > 0) std::memcpy(out.data, array.Data(), out.bytes);
}

Napi::ArrayBuffer to_array_buffer(Napi::Env env, const TensorBuffer& tensor) {
  if (tensor.bytes >= kWorthSharing) {
    auto* owner = new std::shared_ptr<void>(tensor.owner);
    napi_value shared = nullptr;
    const napi_status status = napi_create_external_arraybuffer(
        env, tensor.data, tensor.bytes,
        [](napi_env, void*, void* hint) { delete static_cast<std::shared_ptr<void>*>(hint); }, owner, &shared);
    if (status == napi_ok) return {env, shared};
    delete owner;  // a V8 with a sandbox takes no memory from outside
  }
  Napi::ArrayBuffer copy = Napi::ArrayBuffer::New(env, tensor.bytes);
  if (tensor.bytes > 0) std::memcpy(copy.Data(), tensor.data, tensor.bytes);
  return copy;
}

Napi::Array to_numbers(Napi::Env env, const std::vector<int64_t>& dims) {
  Napi::Array array = Napi::Array::New(env, dims.size());
  for (uint32_t i = 0; i < dims.size(); ++i) array[i] = Napi::Number::New(env, static_cast<double>(dims[i]));
  return array;
}

Napi::Array to_strings(Napi::Env env, const std::vector<std::string>& strings) {
  Napi::Array array = Napi::Array::New(env, strings.size());
  for (uint32_t i = 0; i < strings.size(); ++i) array[i] = Napi::String::New(env, strings[i]);
  return array;
}

}  // namespace

std::vector<NamedTensor> to_feeds(const Napi::Object& feeds) {
  std::vector<NamedTensor> out;
  const Napi::Array names = feeds.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    NamedTensor& feed = out.emplace_back();
    feed.name = names.Get(i).As<Napi::String>();
    const auto tensor = feeds.Get(names.Get(i)).As<Napi::Object>();
    feed.tensor.type = element_type_named(tensor.Get("type").As<Napi::String>());
    feed.tensor.dims = to_dims(tensor.Get("dims"));
    if (feed.tensor.type == ElementType::string) {
      copy_strings(tensor.Get("data"), feed.tensor);
    } else {
      copy_bytes(tensor.Get("data"), feed.tensor);
    }
  }
  return out;
}

Napi::Value to_js(Napi::Env env, const TensorSpec& spec) {
  Napi::Object object = Napi::Object::New(env);
  object["name"] = Napi::String::New(env, spec.name);
  object["type"] = Napi::String::New(env, spec.type);
  object["dims"] = to_numbers(env, spec.dims);
  object["symbols"] = to_strings(env, spec.symbols);
  return object;
}

Napi::Value to_js(Napi::Env env, const TensorBuffer& tensor) {
  Napi::Object object = Napi::Object::New(env);
  object["type"] = Napi::String::New(env, name_of(tensor.type));
  object["dims"] = to_numbers(env, tensor.dims);
  if (tensor.type == ElementType::string) {
    object["data"] = to_strings(env, tensor.strings);
  } else {
    object["data"] = Napi::Uint8Array::New(env, tensor.bytes, to_array_buffer(env, tensor), 0);
  }
  return object;
}

}  // namespace enginery
