// Opening a model, sharing it and closing it; run_channel.h runs it.
#include <atomic>

#include "addon/bindings.h"
#include "addon/model_value.h"
#include "addon/start_job.h"
#include "addon/tensor_values.h"
#include "core/session_registry.h"
#include "ort/ort_runner.h"

namespace enginery {
namespace {

struct OpenJob {
  ort::OpenOptions options;
  std::atomic<bool> cancelled{false};
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

Status no_session() { return Status::failed("ENGINERY_DISPOSED", "The session is closed."); }

}  // namespace

void open_session(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto job = std::make_shared<OpenJob>();
  job->options = to_options(info[1].As<Napi::Object>());
  // The session may outlive this call, and this environment.
  if (const auto log = info[1].As<Napi::Object>().Get("log").As<Napi::Number>().Uint32Value(); log != 0) {
    job->options.on_log = [channel = std::weak_ptr(completions), log](const LogLine& line) {
      if (const auto completions = channel.lock()) completions->log(log, line);
    };
  }
  admit(info.Env(), completions.get());
  completions->begin(id, [channel = std::weak_ptr(completions), id, job] {
    job->cancelled = true;
    const auto completions = channel.lock();
    if (completions && run_threads().withdraw(job->ticket)) completions->failed(id, Status::cancelled());
  });
  const auto fail = [completions, id](Status status) { completions->failed(id, std::move(status)); };
  const auto work = [completions, id, job, fail] {
    std::shared_ptr<Runner> runner;
    Status status = ort::OrtRunner::open(job->options, runner);
    // ONNX Runtime cannot be stopped while it reads a model.
    if (status.ok() && job->cancelled) status = Status::cancelled();
    if (!status.ok()) return fail(std::move(status));
    const auto session = sessions().add(completions.get(), runner);
    if (session == 0) return fail(Status::cancelled());
    completions->done(id, [session, runner](Napi::Env env) { return to_js(env, session, *runner); });
  };
  job->ticket = start_job(run_threads(), work, fail);
}

Napi::Value attach_session(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  admit(info.Env(), completions.get());
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto runner = sessions().attach(completions.get(), id);
  return runner ? to_js(info.Env(), id, *runner) : info.Env().Null();
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
