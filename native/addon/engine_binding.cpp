// What is done with an engine beside running it.
#include <atomic>
#include <exception>

#include "addon/bindings.h"
#include "addon/model_value.h"
#include "core/engine_runner.h"
#include "core/session_registry.h"

namespace enginery {
namespace {

using Done = Completions::Value;

std::shared_ptr<EngineRunner> engine_of(const Napi::Value& session) {
  return std::dynamic_pointer_cast<EngineRunner>(sessions().find(session.As<Napi::Number>().Uint32Value()));
}

// A call that works on the engine of session info[1] while no run is under way. It can be cancelled until then.
void exclusively(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info,
                 std::function<Status(EngineRunner&, const QueuedRunner::Idle&, Done&)> work) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto begun = std::make_shared<std::atomic<bool>>(false);
  completions->begin(id, [channel = std::weak_ptr(completions), id, begun] {
    const auto completions = channel.lock();
    if (completions && !begun->exchange(true)) completions->failed(id, Status::cancelled());
  });
  const auto fail = [completions, id](Status status) { completions->failed(id, std::move(status)); };
  const auto runner = engine_of(info[1]);
  try {
    const auto task = [completions, id, begun, fail, runner, work = std::move(work)](const QueuedRunner::Idle& idle) {
      if (begun->exchange(true)) return;
      try {
        Done done;
        Status status = work(*runner, idle, done);
        status.ok() ? completions->done(id, std::move(done)) : fail(std::move(status));
      } catch (const std::exception& error) {  // out of memory
        fail(Status::failed("ENGINERY_INTERNAL", error.what()));
      }
    };
    if (!runner || !runner->exclusively(task)) fail(no_session());
  } catch (const std::exception& error) {  // no thread to be had
    fail(Status::failed("ENGINERY_INTERNAL", error.what()));
  }
}

}  // namespace

void refit_engine(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  RefitModel model;
  read_model(info[2], model.path, model.bytes);
  exclusively(completions, info,
              [model = std::move(model)](EngineRunner& runner, const QueuedRunner::Idle&, Done& done) {
                done = [](Napi::Env env) { return env.Undefined(); };
                return runner.refit(model);
              });
}

void inspect_engine(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  exclusively(completions, info, [](EngineRunner& runner, const QueuedRunner::Idle& idle, Done& done) {
    std::string json;
    Status status = runner.inspect(idle, json);
    done = [json = std::move(json)](Napi::Env env) { return Napi::String::New(env, json); };
    return status;
  });
}

Napi::Value layer_times(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto runner = engine_of(info[0]);
  if (!runner || runner->layer_times() == nullptr) return env.Null();
  const std::vector<LayerTimes::Layer> layers = runner->layer_times()->layers();
  Napi::Array array = Napi::Array::New(env, layers.size());
  for (uint32_t i = 0; i < layers.size(); ++i) {
    const LayerTimes::Layer& layer = layers[i];
    Napi::Float32Array times = Napi::Float32Array::New(env, layer.milliseconds.size());
    std::copy(layer.milliseconds.begin(), layer.milliseconds.end(), times.Data());
    Napi::Object object = Napi::Object::New(env);
    object["name"] = Napi::String::New(env, layer.name);
    object["milliseconds"] = times;
    array[i] = object;
  }
  return array;
}

}  // namespace enginery
