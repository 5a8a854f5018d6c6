// Tensors between JS and the core.
#pragma once

#include <vector>

#include "addon/napi_setup.h"
#include "core/run.h"
#include "core/runner.h"

namespace enginery {

// The elements of a result: bytes that own their memory, or an array of strings.
Napi::Value elements_to_js(Napi::Env env, const TensorBuffer& tensor);

Napi::Array to_numbers(Napi::Env env, const std::vector<int64_t>& dims);

// An ArrayBuffer over memory that it keeps. Null where V8 takes no memory from outside: one with a sandbox.
Napi::Value to_external(Napi::Env env, const std::shared_ptr<void>& memory, size_t bytes);

// Memory of zeros that JS can give back to a run without a copy; null where there is none to be had.
Napi::Value allocate_array_buffer(const Napi::CallbackInfo& info);

Napi::Value to_js(Napi::Env env, const TensorSpec& spec);

template <typename T>
Napi::Array to_js(Napi::Env env, const std::vector<T>& items) {
  Napi::Array array = Napi::Array::New(env, items.size());
  for (uint32_t i = 0; i < items.size(); ++i) array[i] = to_js(env, items[i]);
  return array;
}

}  // namespace enginery
