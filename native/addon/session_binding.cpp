// Opening a model, sharing it and closing it; run_channel.h runs it.
#include <atomic>
#include <functional>

#include "addon/bindings.h"
#include "addon/model_value.h"
#include "addon/setting_value.h"
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

// [[name, value], …]
template <typename T>
std::vector<std::pair<std::string, T>> to_pairs(const Napi::Value& value, T (*convert)(const Napi::Value&)) {
  const auto array = value.As<Napi::Array>();
  std::vector<std::pair<std::string, T>> pairs;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const auto pair = array.Get(i).As<Napi::Array>();
    pairs.emplace_back(pair.Get(0u).As<Napi::String>(), convert(pair.Get(1u)));
  }
  return pairs;
}

ort::OpenOptions to_options(const Napi::Object& object) {
  ort::OpenOptions options;
  options.library = object.Get("library").As<Napi::String>();
  options.intra_op_threads = object.Get("intraOpThreads").As<Napi::Number>().Int32Value();
  options.limits.at_once = object.Get("maxConcurrent").As<Napi::Number>().Uint32Value();
  options.limits.waiting = object.Get("maxQueue").As<Napi::Number>().Uint32Value();
  options.log_severity = object.Get("logSeverity").As<Napi::Number>().Int32Value();
  read_model(object.Get("model"), options.model_path, options.model_data);
  const auto own = object.Get("onnxruntime").As<Napi::Object>();
  options.inter_op_threads = own.Get("interOpNumThreads").As<Napi::Number>().Int32Value();
  options.parallel = own.Get("parallel").As<Napi::Boolean>();
  options.graph_optimization_level = own.Get("graphOptimizationLevel").As<Napi::Number>().Int32Value();
  options.memory_arena = own.Get("enableCpuMemArena").As<Napi::Boolean>();
  options.memory_pattern = own.Get("enableMemPattern").As<Napi::Boolean>();
  options.profile_file_prefix = own.Get("profileFilePrefix").As<Napi::String>();
  options.free_dimension_overrides = to_pairs<int64_t>(own.Get("freeDimensionOverrides"), [](const Napi::Value& value) {
    return value.As<Napi::Number>().Int64Value();
  });
  options.config = to_pairs<std::string>(own.Get("config"),
                                         [](const Napi::Value& value) { return value.As<Napi::String>().Utf8Value(); });
  const auto libraries = own.Get("customOpLibraries").As<Napi::Array>();
  for (uint32_t i = 0; i < libraries.Length(); ++i) {
    options.custom_op_libraries.push_back(libraries.Get(i).As<Napi::String>());
  }
  return options;
}

EngineOptions to_engine_options(const Napi::Object& object) {
  EngineOptions options;
  options.library = object.Get("library").As<Napi::String>();
  options.parser = object.Get("parser").As<Napi::String>();
  options.driver = object.Get("driver").As<Napi::String>();
  options.device = object.Get("device").As<Napi::Number>().Int32Value();
  read_model(object.Get("plan"), options.plan_path, options.plan_data);
  options.host_code = object.Get("hostCode").As<Napi::Boolean>();
  options.limits.at_once = object.Get("maxConcurrent").As<Napi::Number>().Uint32Value();
  options.limits.waiting = object.Get("maxQueue").As<Napi::Number>().Uint32Value();
  options.runtime_cache = object.Get("runtimeCache").As<Napi::String>();
  options.settings = to_settings(object.Get("settings"));
  options.cuda_graphs = object.Get("cudaGraphs").As<Napi::Boolean>();
  options.memory_limit = static_cast<size_t>(object.Get("memoryLimit").As<Napi::Number>().Int64Value());
  options.log_severity = static_cast<Severity>(object.Get("logSeverity").As<Napi::Number>().Int32Value());
  options.weight_budget = object.Get("weightStreamingBudget").As<Napi::Number>().Int64Value();
  if (object.Get("profile").As<Napi::Boolean>()) options.layer_times = std::make_shared<LayerTimes>();
  return options;
}

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
  ort::OpenOptions options = to_options(info[1].As<Napi::Object>());
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
  object["full"] = Napi::Boolean::New(info.Env(), queue.full);
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
