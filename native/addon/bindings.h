// The addon's long calls: each reads its arguments on the JS thread, copies what it needs, hands a job to a thread of
// ours and returns. info[0] is the id JS chose.
#pragma once

#include <memory>

#include "addon/completions.h"
#include "addon/device_tensors.h"
#include "addon/held_locks.h"
#include "addon/napi_setup.h"

namespace enginery {

using Binding = void(const std::shared_ptr<Completions>&, const Napi::CallbackInfo&);

// library_binding.cpp
Binding open_library;
Binding describe_driver;

// build_binding.cpp
Binding build;

// file_binding.cpp
Binding sync_file;

void lock_file(const std::shared_ptr<Completions>& completions, const std::shared_ptr<HeldLocks>& held,
               const Napi::CallbackInfo& info);

// support_binding.cpp
Binding describe_support;

// engine_binding.cpp
Binding refit_engine;
Binding inspect_engine;
// At once, and without an id: null where layers are not timed.
Napi::Value layer_times(const Napi::CallbackInfo& info);

// session_binding.cpp
Status no_session();
Binding open_session;
Binding open_engine;
Binding close_session;
// At once, and without an id: null where there is no session of that number.
Napi::Value attach_session(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info);
Napi::Value session_queue(const Napi::CallbackInfo& info);
Napi::Value session_memory(const Napi::CallbackInfo& info);

// device_tensor_binding.cpp
Binding allocate_pinned;
void download_tensor(const std::shared_ptr<Completions>& completions, const DeviceTensors& tensors,
                     const Napi::CallbackInfo& info);

}  // namespace enginery
