// Opening a model, running it and closing it.
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

ort::OpenOptions to_options(const Napi::Object& object) {
  ort::OpenOptions options;
  options.library = object.Get("library").As<Napi::String>();
  options.intra_op_threads = object.Get("intraOpThreads").As<Napi::Number>().Int32Value();
  read_model(object.Get("model"), options.model_path, options.model_data);
  return options;
}

Napi::Value to_js(Napi::Env env, SessionRegistry::SessionId id, const Runner& runner) {
  Napi::Object object = Napi::Object::New(env);
  object["session"] = Napi::Number::New(env, id);
  object["inputs"] = to_js(env, runner.inputs());
  object["outputs"] = to_js(env, runner.outputs());
  return object;
}

Status no_session() { return Status::failed("ENGINERY_DISPOSED", "The session is closed."); }

}  // namespace

void open_session(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto job = std::make_shared<OpenJob>();
  job->options = to_options(info[1].As<Napi::Object>());
  if (sessions().admit(completions.get())) {
    info.Env().AddCleanupHook([owner = completions.get()] { sessions().abandon(owner); });
  }
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
  RunRequest request;
  request.feeds = to_feeds(info[2].As<Napi::Object>());
  const auto outputs = info[3].As<Napi::Array>();
  for (uint32_t i = 0; i < outputs.Length(); ++i) request.outputs.push_back(outputs.Get(i).As<Napi::String>());

  const Runner::RunId number = ++last_run;
  completions->begin(id, [runner, number] {
    if (runner) runner->cancel(number);
  });
  if (!runner) return completions->failed(id, no_session());
  runner->submit(number, std::move(request), [completions, id](RunResult result) {
    if (!result.status.ok()) return completions->failed(id, std::move(result.status));
    completions->done(id, [outputs = std::move(result.outputs)](Napi::Env env) { return to_js(env, outputs); });
  });
}

void close_session(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto runner = sessions().take(info[1].As<Napi::Number>().Uint32Value());
  completions->begin(id, [] {});
  if (!runner) return completions->failed(id, no_session());
  runner->close([completions, id] { completions->done(id, [](Napi::Env env) { return env.Undefined(); }); });
}

}  // namespace enginery
