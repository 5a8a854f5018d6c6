// Opening a model, sharing it and closing it; run_channel.h runs it.
#include <atomic>
#include <functional>

#include "addon/bindings.h"
#include "addon/session_options.h"
#include "addon/start_job.h"
#include "addon/tensor_values.h"
#include "core/device_threads.h"
#include "core/engine_runner.h"
#include "core/session_registry.h"
#include "ort/ort_runner.h"

namespace enginery {
namespace {

struct OpenJob {
  std::atomic<bool> settled{false};
  JobThreads::Ticket ticket = 0;  // JS thread only
};

Napi::Value to_js(Napi::Env env, SessionRegistry::SessionId id, const Runner& runner) {
  Napi::Object object = Napi::Object::New(env);
  object["session"] = Napi::Number::New(env, id);
  object["inputs"] = to_js(env, runner.inputs());
  object["outputs"] = to_js(env, runner.outputs());
  return object;
}

void admit(Napi::Env env, SessionRegistry::Owner owner) {
  if (sessions().admit(owner)) env.AddCleanupHook([owner] { sessions().abandon(owner); });
}

// What is logged for as long as the session lives, which may be longer than this call, and this environment.
std::function<void(const LogLine&)> log_of(const std::shared_ptr<Completions>& completions,
                                           const Napi::CallbackInfo& info) {
  const auto id = info[1].As<Napi::Object>().Get("log").As<Napi::Number>().Uint32Value();
  if (id == 0) return {};
  return [channel = std::weak_ptr(completions), id](const LogLine& line) {
    if (const auto completions = channel.lock()) completions->log(id, line);
  };
}

// Makes the JS value of an open session.
using Value = std::function<Napi::Value(Napi::Env, SessionRegistry::SessionId, const Runner&)>;

// `load` blocks, and cannot be stopped: where it is cancelled, what it loads is let go of when it is through.
void open(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info, JobThreads& threads,
          std::function<Status(std::shared_ptr<Runner>&, Value&)> load) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto job = std::make_shared<OpenJob>();
  admit(info.Env(), completions.get());
  completions->begin(id, [channel = std::weak_ptr(completions), id, job, &threads] {
    threads.withdraw(job->ticket);
    const auto completions = channel.lock();
    if (completions && !job->settled.exchange(true)) completions->failed(id, Status::cancelled());
  });
  const auto fail = [completions, id](Status status) { completions->failed(id, std::move(status)); };
  const auto work = [completions, id, job, fail, load = std::move(load)] {
    std::shared_ptr<Runner> runner;
    Value value;
    Status status = load(runner, value);
    if (job->settled.exchange(true)) return;
    if (!status.ok()) return fail(std::move(status));
    const auto session = sessions().add(completions.get(), runner);
    if (session == 0) return fail(Status::cancelled());
    completions->done(id, [=](Napi::Env env) { return value(env, session, *runner); });
  };
  job->ticket = start_job(threads, work, fail);
}

Napi::Array profiles_to_js(Napi::Env env, const LoadedEngine& engine) {
  Napi::Array array = Napi::Array::New(env);
  for (uint32_t profile = 0; profile < engine.profiles().size(); ++profile) {
    for (size_t input = 0; input < engine.inputs().size(); ++input) {
      const LoadedEngine::Bounds& bounds = engine.profiles()[profile][input];
      Napi::Object range = Napi::Object::New(env);
      range["profile"] = Napi::Number::New(env, profile);
      range["input"] = Napi::String::New(env, engine.inputs()[input].name);
      range["values"] = Napi::Boolean::New(env, engine.tensors()[input].host);
      range["min"] = to_numbers(env, bounds.min);
      range["opt"] = to_numbers(env, bounds.opt);
      range["max"] = to_numbers(env, bounds.max);
      array[array.Length()] = range;
    }
  }
  return array;
}

}  // namespace

Status no_session() { return Status::failed("ENGINERY_DISPOSED", "The session is closed."); }

void open_session(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  ort::OpenOptions options = to_open_options(info[1].As<Napi::Object>());
  options.on_log = log_of(completions, info);
  open(completions, info, run_threads(), [options = std::move(options)](std::shared_ptr<Runner>& out, Value& value) {
    const Status status = ort::OrtRunner::open(options, out);
    value = [](Napi::Env env, SessionRegistry::SessionId id, const Runner& runner) { return to_js(env, id, runner); };
    return status;
  });
}

void open_engine(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  EngineOptions options = to_engine_options(info[1].As<Napi::Object>());
  JobThreads& threads = DeviceThreads::of(options.device).loading();
  options.on_log = log_of(completions, info);
  open(completions, info, threads, [options = std::move(options)](std::shared_ptr<Runner>& out, Value& value) {
    std::shared_ptr<EngineRunner> runner;
    const Status status = EngineRunner::open(options, runner);
    out = runner;
    value = [runner](Napi::Env env, SessionRegistry::SessionId id, const Runner&) {
      Napi::Object object = to_js(env, id, *runner).As<Napi::Object>();
      object["profiles"] = profiles_to_js(env, runner->engine());
      return object;
    };
    return status;
  });
}

Napi::Value attach_session(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  admit(info.Env(), completions.get());
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto runner = sessions().attach(completions.get(), id);
  return runner ? to_js(info.Env(), id, *runner) : info.Env().Null();
}

Napi::Value session_queue(const Napi::CallbackInfo& info) {
  const auto runner = sessions().find(info[0].As<Napi::Number>().Uint32Value());
  if (!runner) return info.Env().Null();
  const RunQueue queue = runner->queue();
  Napi::Object object = Napi::Object::New(info.Env());
  object["waiting"] = Napi::Number::New(info.Env(), static_cast<double>(queue.waiting));
  object["busy"] = Napi::Boolean::New(info.Env(), queue.busy);
  return object;
}

Napi::Value session_memory(const Napi::CallbackInfo& info) {
  const auto runner = sessions().find(info[0].As<Napi::Number>().Uint32Value());
  if (!runner) return info.Env().Null();
  const MemoryUse use = runner->memory();
  Napi::Object object = Napi::Object::New(info.Env());
  object["weights"] = Napi::Number::New(info.Env(), static_cast<double>(use.weights));
  object["contexts"] = Napi::Number::New(info.Env(), static_cast<double>(use.contexts));
  object["tensors"] = Napi::Number::New(info.Env(), static_cast<double>(use.tensors));
  object["pinned"] = Napi::Number::New(info.Env(), static_cast<double>(use.pinned));
  const auto device = runner->device();
  const CudaDevice::Usage usage = device ? device->usage() : CudaDevice::Usage();
  Napi::Object kept = Napi::Object::New(info.Env());
  kept["device"] = Napi::Number::New(info.Env(), static_cast<double>(usage.kept_device_bytes));
  kept["pinned"] = Napi::Number::New(info.Env(), static_cast<double>(usage.kept_pinned_bytes));
  object["kept"] = kept;
  return object;
}

void close_session(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto released = sessions().release(completions.get(), info[1].As<Napi::Number>().Uint32Value());
  completions->begin(id, [] {});
  if (!released.runner) return completions->failed(id, no_session());
  const auto done = [completions, id] { completions->done(id, [](Napi::Env env) { return env.Undefined(); }); };
  if (released.last) return released.runner->close(done);
  done();
}

}  // namespace enginery
