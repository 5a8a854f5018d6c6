// Opening libraries and asking the driver, off the JS thread.
#include "addon/bindings.h"
#include "addon/start_job.h"
#include "core/cuda_driver.h"
#include "core/job_threads.h"
#include "core/library_info.h"

namespace enginery {

void open_library(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const std::string path = info[1].As<Napi::String>();
  start_call(completions, id, utility_threads(), [completions, id, path] {
    LibraryInfo library;
    Status status = describe_library(path, library);
    if (!status.ok()) return status;
    completions->done(id, [library](Napi::Env env) {
      Napi::Object object = Napi::Object::New(env);
      object["product"] = Napi::String::New(env, library.product);
      object["version"] = Napi::String::New(env, library.version);
      return object;
    });
    return Status{};
  });
}

void describe_driver(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const std::string path = info[1].As<Napi::String>();
  start_call(completions, id, utility_threads(), [completions, id, path] {
    DriverInfo driver;
    Status status = describe_driver(path, driver);
    if (!status.ok()) return status;
    completions->done(id, [driver](Napi::Env env) {
      Napi::Array devices = Napi::Array::New(env, driver.devices.size());
      for (uint32_t i = 0; i < driver.devices.size(); ++i) {
        const DeviceInfo& device = driver.devices[i];
        Napi::Object object = Napi::Object::New(env);
        object["name"] = Napi::String::New(env, device.name);
        object["computeCapability"] = Napi::String::New(env, device.compute_capability);
        object["memoryBytes"] = Napi::Number::New(env, static_cast<double>(device.memory_bytes));
        devices[i] = object;
      }
      Napi::Object object = Napi::Object::New(env);
      object["cudaVersion"] = Napi::String::New(env, driver.cuda_version);
      object["devices"] = devices;
      return object;
    });
    return Status{};
  });
}

}  // namespace enginery
