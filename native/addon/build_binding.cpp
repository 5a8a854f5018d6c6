// Building an engine: reads the request, queues the build, reports progress, log lines and the end.
#include <unistd.h>

#include <atomic>

#include "addon/bindings.h"
#include "addon/model_value.h"
#include "addon/setting_value.h"
#include "addon/start_job.h"
#include "core/engine_build.h"
#include "core/job_threads.h"

namespace enginery {
namespace {

std::vector<int64_t> to_int64s(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<int64_t> numbers(array.Length());
  for (uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = array.Get(i).As<Napi::Number>().Int64Value();
  return numbers;
}

BuildRange to_range(const Napi::Object& object) {
  BuildRange range;
  range.profile = object.Get("profile").As<Napi::Number>().Int32Value();
  range.input = object.Get("input").As<Napi::String>();
  range.values = object.Get("values").As<Napi::Boolean>();
  range.min = to_int64s(object.Get("min"));
  range.opt = to_int64s(object.Get("opt"));
  range.max = to_int64s(object.Get("max"));
  if (range.opt.size() != range.min.size() || range.max.size() != range.min.size()) {
    throw Napi::TypeError::New(object.Env(), "min, opt and max differ in length");
  }
  return range;
}

template <typename T>
std::vector<T> each(const Napi::Value& value, T (*convert)(const Napi::Object&)) {
  const auto array = value.As<Napi::Array>();
  std::vector<T> all;
  for (uint32_t i = 0; i < array.Length(); ++i) all.push_back(convert(array.Get(i).As<Napi::Object>()));
  return all;
}

BuildRequest to_request(const Napi::Object& object) {
  BuildRequest request;
  request.library = object.Get("library").As<Napi::String>();
  request.parser = object.Get("parser").As<Napi::String>();
  request.output = object.Get("output").As<Napi::String>();
  const Napi::Value timing_cache = object.Get("timingCache");
  if (timing_cache.IsString()) request.timing_cache = timing_cache.As<Napi::String>();
  request.profiles = object.Get("profiles").As<Napi::Number>().Int32Value();
  request.ranges = each(object.Get("ranges"), to_range);
  request.settings = to_settings(object.Get("settings"));
  request.verbose = object.Get("verbose").As<Napi::Boolean>();
  request.progress = object.Get("progress").As<Napi::Boolean>();
  read_model(object.Get("model"), request.model_path, request.model_bytes);
  return request;
}

Napi::Value to_js(Napi::Env env, const BuildProgress& progress) {
  using Event = BuildProgress::Event;
  Napi::Object object = Napi::Object::New(env);
  object["phase"] = Napi::String::New(env, progress.phase);
  switch (progress.event) {
    case Event::start:
      object["event"] = Napi::String::New(env, "start");
      object["parent"] = Napi::String::New(env, progress.parent);
      object["steps"] = Napi::Number::New(env, progress.steps);
      break;
    case Event::step:
      object["event"] = Napi::String::New(env, "step");
      object["step"] = Napi::Number::New(env, progress.step);
      break;
    case Event::finish:
      object["event"] = Napi::String::New(env, "finish");
      break;
  }
  return object;
}

Napi::Value to_js(Napi::Env env, const TensorInfo& tensor) {
  Napi::Array dims = Napi::Array::New(env, tensor.dims.size());
  for (uint32_t i = 0; i < tensor.dims.size(); ++i) {
    dims[i] = Napi::Number::New(env, static_cast<double>(tensor.dims[i]));
  }
  Napi::Object object = Napi::Object::New(env);
  object["name"] = Napi::String::New(env, tensor.name);
  object["type"] = Napi::String::New(env, tensor.type);
  object["output"] = Napi::Boolean::New(env, tensor.output);
  object["shapeTensor"] = Napi::Boolean::New(env, tensor.shape_tensor);
  object["dims"] = dims;
  return object;
}

Napi::Value to_js(Napi::Env env, const BuildResult& result) {
  Napi::Array log = Napi::Array::New(env, result.log.size());
  for (uint32_t i = 0; i < result.log.size(); ++i) log[i] = to_js(env, result.log[i]);
  Napi::Array tensors = Napi::Array::New(env, result.tensors.size());
  for (uint32_t i = 0; i < result.tensors.size(); ++i) tensors[i] = to_js(env, result.tensors[i]);
  Napi::Object object = Napi::Object::New(env);
  object["bytes"] = Napi::Number::New(env, static_cast<double>(result.bytes));
  object["seconds"] = Napi::Number::New(env, result.seconds);
  object["log"] = log;
  object["tensors"] = tensors;
  return object;
}

struct BuildJob {
  BuildRequest request;
  std::atomic<bool> cancelled{false};
  std::atomic<bool> settled{false};
  JobThreads::Ticket ticket = 0;  // JS thread only
};

}  // namespace

void build(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto job = std::make_shared<BuildJob>();
  job->request = to_request(info[1].As<Napi::Object>());
  // TensorRT stops only at its next progress step, which can be a second away. The caller need not wait for that: the
  // unfinished file goes at once, the call is settled, and the build's thread ends by itself.
  completions->begin(id, [channel = std::weak_ptr(completions), id, job] {
    if (job->settled.exchange(true)) return;
    job->cancelled = true;
    build_threads().withdraw(job->ticket);
    const auto fail = [channel, id](Status status) {
      if (const auto completions = channel.lock()) completions->failed(id, std::move(status));
    };
    start_job(
        utility_threads(),
        [job, fail] {
          unlink(job->request.output.c_str());
          fail(Status::cancelled());
        },
        fail);
  });
  const auto fail = [completions, id, job](Status status) {
    if (!job->settled.exchange(true)) completions->failed(id, std::move(status));
  };
  const auto work = [completions, id, job, fail] {
    const BuildObserver observer{
        [&](const BuildProgress& progress) {
          completions->progress(id, [progress](Napi::Env env) { return to_js(env, progress); });
        },
        [&](const LogLine& line) { completions->log(id, line); },
    };
    BuildResult result;
    Status status = build_engine(job->request, observer, job->cancelled, result);
    if (!status.ok()) return fail(std::move(status));
    if (job->settled.exchange(true)) {
      unlink(job->request.output.c_str());  // whoever cancelled has looked for it too early
      return;
    }
    completions->done(id, [result = std::move(result)](Napi::Env env) { return to_js(env, result); });
  };
  job->ticket = start_job(build_threads(), work, fail, job->request.output);
}

}  // namespace enginery
