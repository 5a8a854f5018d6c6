// Opening a model, running it and closing it.
#include <algorithm>
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

Napi::Value to_js(Napi::Env env, const RunResult& result) {
  Napi::Object object = Napi::Object::New(env);
  Napi::Array outputs = Napi::Array::New(env, result.outputs.size());
  for (uint32_t i = 0; i < result.outputs.size(); ++i) {
    const TensorBuffer& output = result.outputs[i];
    outputs[i] = output.type == ElementType::unknown ? env.Null() : to_js(env, output);  // null: it is in its target
  }
  object["outputs"] = outputs;
  object["queueMs"] = Napi::Number::New(env, result.queue_ms);
  object["computeMs"] = Napi::Number::New(env, result.compute_ms);
  return object;
}

// Memory that is JS's alone, a SharedArrayBuffer's, goes with the environment.
bool has_no_owner(const RunRequest& request) {
  const auto lacks = [](const TensorBuffer& tensor) { return tensor.borrowed && !tensor.owner; };
  return std::any_of(request.targets.begin(), request.targets.end(), lacks) ||
         std::any_of(request.feeds.begin(), request.feeds.end(),
                     [&](const NamedTensor& feed) { return lacks(feed.tensor); });
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
  admit(info.Env(), completions.get());
  completions->begin(id, [channel = std::weak_ptr(completions), id, job] {
    job->cancelled = true;
    const auto completions = channel.lock();
    if (completions && ort::run_threads().withdraw(job->ticket)) completions->failed(id, Status::cancelled());
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
  job->ticket = start_job(ort::run_threads(), work, fail);
}

void run(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  static std::atomic<Runner::RunId> last_run{0};  // ids of JS are unique in one environment only
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto runner = sessions().find(info[1].As<Napi::Number>().Uint32Value());
  const auto how = info[4].As<Napi::Object>();
  RunRequest request;
  request.feeds = to_feeds(info[2].As<Napi::Array>(), how.Get("borrow").As<Napi::Boolean>());
  const auto outputs = info[3].As<Napi::Array>();
  for (uint32_t i = 0; i < outputs.Length(); ++i) request.outputs.push_back(outputs.Get(i).As<Napi::String>());
  if (how.Get("targets").IsArray()) {
    const auto targets = how.Get("targets").As<Napi::Array>();
    for (uint32_t i = 0; i < targets.Length(); ++i) {
      request.targets.push_back(targets.Get(i).IsObject() ? to_target(targets.Get(i).As<Napi::Object>())
                                                          : TensorBuffer{});
    }
  }

  const Runner::RunId number = ++last_run;
  const auto stop = [runner, number] {
    if (runner) runner->cancel(number);
  };
  completions->begin(id, stop, has_no_owner(request) ? Completions::Teardown::waits : Completions::Teardown::leaves);
  if (!runner) return completions->failed(id, no_session());
  runner->submit(number, std::move(request), [completions, id](RunResult result) {
    if (!result.status.ok()) return completions->failed(id, std::move(result.status));
    completions->done(id, [result = std::move(result)](Napi::Env env) { return to_js(env, result); });
  });
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
