// Asking TensorRT's parser what it takes, off the JS thread.
#include "addon/bindings.h"
#include "addon/model_value.h"
#include "addon/start_job.h"
#include "core/job_threads.h"
#include "core/model_support.h"

namespace enginery {
namespace {

SupportRequest to_request(const Napi::Object& object) {
  SupportRequest request;
  request.library = object.Get("library").As<Napi::String>();
  request.parser = object.Get("parser").As<Napi::String>();
  read_model(object.Get("model"), request.model_path, request.model_bytes);
  return request;
}

Napi::Value to_js(Napi::Env env, const SupportResult& result) {
  Napi::Array subgraphs = Napi::Array::New(env, result.subgraphs.size());
  for (uint32_t i = 0; i < result.subgraphs.size(); ++i) {
    const Subgraph& subgraph = result.subgraphs[i];
    Napi::Array nodes = Napi::Array::New(env, subgraph.nodes.size());
    for (uint32_t j = 0; j < subgraph.nodes.size(); ++j) {
      nodes[j] = Napi::Number::New(env, static_cast<double>(subgraph.nodes[j]));
    }
    Napi::Object object = Napi::Object::New(env);
    object["supported"] = Napi::Boolean::New(env, subgraph.supported);
    object["nodes"] = nodes;
    subgraphs[i] = object;
  }
  Status plain;  // has the fields, and their translation
  plain.log = result.log;
  plain.parser_errors = result.errors;
  const Napi::Object lists = to_js(env, plain);
  Napi::Object object = Napi::Object::New(env);
  object["supported"] = Napi::Boolean::New(env, result.supported);
  object["subgraphs"] = subgraphs;
  object["errors"] = lists.Get("parserErrors");
  object["log"] = lists.Get("log");
  return object;
}

}  // namespace

void describe_support(const std::shared_ptr<Completions>& completions, const Napi::CallbackInfo& info) {
  const auto id = info[0].As<Napi::Number>().Uint32Value();
  const auto request = std::make_shared<SupportRequest>(to_request(info[1].As<Napi::Object>()));
  start_call(completions, id, build_threads(), [completions, id, request] {
    SupportResult result;
    Status status = describe_support(std::move(*request), result);
    if (!status.ok()) return status;
    completions->done(id, [result = std::move(result)](Napi::Env env) { return to_js(env, result); });
    return Status{};
  });
}

}  // namespace enginery
