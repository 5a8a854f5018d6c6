#include "addon/tensor_values.h"

#include <cstring>
#include <memory>

#include "core/tensor_memory.h"

namespace enginery {
namespace {

// Measured: below this, allocating and copying is quicker than an external ArrayBuffer.
constexpr size_t kWorthSharing = 64 * 1024;

std::vector<int64_t> to_dims(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<int64_t> dims(array.Length());
  for (uint32_t i = 0; i < dims.size(); ++i) dims[i] = array.Get(i).As<Napi::Number>().Int64Value();
  return dims;
}

// The same input in each part of a batch. All dims but the first agree, which lib/session has checked.
using Parts = std::vector<Napi::Object>;

void copy_strings(const Parts& parts, TensorBuffer& out) {
  for (const Napi::Object& part : parts) {
    const auto array = part.Get("data").As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); ++i) out.strings.push_back(array.Get(i).As<Napi::String>());
  }
  size_t count = 0;
  if (!tensor_bytes(ElementType::uint8, out.dims, count) || count != out.strings.size()) {
    throw Napi::RangeError::New(parts.front().Env(), "strings and dims disagree");
  }
}

Napi::Uint8Array bytes_of(const Napi::Object& tensor) {
  const Napi::Value data = tensor.Get("data");
  if (!data.IsTypedArray()) throw Napi::TypeError::New(tensor.Env(), "data is not a typed array");
  return data.As<Napi::Uint8Array>();
}

void require_bytes(Napi::Env env, TensorBuffer& out, size_t bytes) {
  if (!tensor_bytes(out.type, out.dims, out.bytes) || out.bytes != bytes) {
    throw Napi::RangeError::New(env, "bytes, type and dims disagree");
  }
}

void copy_bytes(const Parts& parts, TensorBuffer& out) {
  size_t bytes = 0;
  for (const Napi::Object& part : parts) bytes += bytes_of(part).ByteLength();
  require_bytes(parts.front().Env(), out, bytes);
  out.owner = allocate_tensor_memory(bytes);
  if (!out.owner) throw Napi::RangeError::New(parts.front().Env(), "out of memory");
  out.data = out.owner.get();
  auto* target = static_cast<uint8_t*>(out.data);
  for (const Napi::Object& part : parts) {
    const auto array = bytes_of(part);
    if (array.ByteLength() > 0) std::memcpy(target, array.Data(), array.ByteLength());
    target += array.ByteLength();
  }
}

// Without a copy. A SharedArrayBuffer has no owner of ours: its run is one that the environment waits for.
void borrow_bytes(const Napi::Object& tensor, TensorBuffer& out) {
  Napi::Uint8Array array = bytes_of(tensor);
  require_bytes(tensor.Env(), out, array.ByteLength());
  out.data = array.Data();
  out.borrowed = true;
  if (tensor.Get("shared").As<Napi::Boolean>() || out.bytes == 0) return;  // V8 keeps no address of nothing
  out.owner = find_shared_memory(out.data, out.bytes);
  if (!out.owner) throw Napi::TypeError::New(tensor.Env(), "data was not allocated here");
}

// Null where V8 takes no memory from outside: one with a sandbox.
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

std::vector<NamedTensor> to_feeds(const Napi::Array& parts, bool borrow) {
  std::vector<NamedTensor> out;
  const auto first = parts.Get(0u).As<Napi::Object>();
  const Napi::Array names = first.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); ++i) {
    NamedTensor& feed = out.emplace_back();
    feed.name = names.Get(i).As<Napi::String>();
    Parts tensors;
    for (uint32_t j = 0; j < parts.Length(); ++j) {
      tensors.push_back(parts.Get(j).As<Napi::Object>().Get(names.Get(i)).As<Napi::Object>());
    }
    feed.tensor.type = element_type_named(tensors.front().Get("type").As<Napi::String>());
    feed.tensor.dims = to_dims(tensors.front().Get("dims"));
    for (size_t j = 1; j < tensors.size(); ++j) feed.tensor.dims.at(0) += to_dims(tensors[j].Get("dims")).at(0);
    if (feed.tensor.type == ElementType::string) {
      copy_strings(tensors, feed.tensor);
    } else if (borrow) {
      borrow_bytes(tensors.front(), feed.tensor);
    } else {
      copy_bytes(tensors, feed.tensor);
    }
  }
  return out;
}

TensorBuffer to_target(const Napi::Object& tensor) {
  TensorBuffer out;
  out.type = element_type_named(tensor.Get("type").As<Napi::String>());
  out.dims = to_dims(tensor.Get("dims"));
  borrow_bytes(tensor, out);
  return out;
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
