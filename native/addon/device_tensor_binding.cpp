// What JS does with a device tensor outside of runs.
#include "addon/bindings.h"
#include "addon/start_job.h"
#include "addon/tensor_values.h"
#include "core/device_tensor.h"

namespace enginery {

void download_tensor(const std::shared_ptr<Completions>& completions, const DeviceTensors& tensors,
                     const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const TensorBuffer* const tensor = tensors.find(static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value()));
  if (tensor == nullptr) throw Napi::RangeError::New(info.Env(), "there is no such device tensor");
  start_call(completions, id, transfer_threads(*tensor->device), [completions, id, tensor = *tensor] {
    TensorBuffer copy;
    Status status = download(tensor, copy);
    if (status.ok()) {
      completions->done(id, [copy = std::move(copy)](Napi::Env env) { return elements_to_js(env, copy); });
    }
    return status;
  });
}

}  // namespace enginery
