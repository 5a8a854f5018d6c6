// Tensors between JS and the native core.
#pragma once

#include <string>
#include <vector>

#include "addon/napi_setup.h"
#include "core/runner.h"

namespace enginery {

// Gathers the feeds of one run from one or more parts, along the first axis. Copies them, unless told to borrow them:
// JS may change, transfer or free its buffers as soon as the call has returned. Throws on anything that does not agree
// with itself, which lib/session has ruled out before.
std::vector<NamedTensor> to_feeds(const Napi::Array& parts, bool borrow);

// Memory of JS's for an output.
TensorBuffer to_target(const Napi::Object& tensor);

// allocate(bytes): an ArrayBuffer that may be borrowed, all zeros; null where there is no memory to be had.
Napi::Value allocate_array_buffer(const Napi::CallbackInfo& info);

Napi::Value to_js(Napi::Env env, const TensorSpec& spec);

// Hands the buffer's memory to JS where it is large, and copies it where that is quicker.
Napi::Value to_js(Napi::Env env, const TensorBuffer& tensor);

template <typename T>
Napi::Array to_js(Napi::Env env, const std::vector<T>& items) {
  Napi::Array array = Napi::Array::New(env, items.size());
  for (uint32_t i = 0; i < items.size(); ++i) array[i] = to_js(env, items[i]);
  return array;
}

}  // namespace enginery
