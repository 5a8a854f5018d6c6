// What JS does with a device's memory outside of runs.
#include "addon/bindings.h"
#include "addon/start_job.h"
#include "addon/tensor_values.h"
#include "core/device_tensor.h"
#include "core/device_threads.h"
#include "core/pinned_tensor.h"
#include "core/session_registry.h"

namespace enginery {

void download_tensor(const std::shared_ptr<Completions>& completions, const DeviceTensors& tensors,
                     const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const TensorBuffer* const tensor = tensors.find(static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value()));
  if (tensor == nullptr) throw Napi::RangeError::New(info.Env(), "there is no such device tensor");
  start_call(completions, id, DeviceThreads::of(tensor->device->ordinal()).transfers(),
             [completions, id, tensor = *tensor] {
               TensorBuffer copy;
               Status status = download(tensor, copy);
               if (status.ok()) {
                 completions->done(id, [copy = std::move(copy)](Napi::Env env) { return elements_to_js(env, copy); });
               }
               return status;
             });
}

void allocate_pinned(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto runner = sessions().find(info[1].As<Napi::Number>().Uint32Value());
  const auto bytes = static_cast<size_t>(info[2].As<Napi::Number>().Int64Value());
  const auto device = runner ? runner->device() : nullptr;
  if (device == nullptr) throw Napi::RangeError::New(info.Env(), "there is no such session on a GPU");
  start_call(completions, id, DeviceThreads::of(device->ordinal()).transfers(), [completions, id, device, bytes] {
    std::shared_ptr<void> memory;
    CudaDevice::Entered entered;
    Status status = device->enter(entered);
    if (status.ok()) status = allocate_pinned_tensor(*device, bytes, memory);
    if (status.ok()) {
      completions->done(id, [memory, bytes](Napi::Env env) { return to_external(env, memory, bytes); });
    }
    return status;
  });
}

}  // namespace enginery
