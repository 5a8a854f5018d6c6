#include "emulator/tensorrt/model.h"

#include <cstdlib>
#include <cstring>

#include "ort/ort_options.h"
#include "ort/ort_specs.h"
#include "ort/ort_values.h"

namespace enginery::emulator {
namespace {

bool has_target(const RunRequest& request, size_t output) {
  return output < request.targets.size() && request.targets[output].type != ElementType::unknown;
}

// What the model passes through under its name ONNX Runtime does not write anywhere.
const TensorBuffer* passed_through(const std::vector<NamedTensor>& feeds, const std::string& output) {
  for (const NamedTensor& feed : feeds) {
    if (feed.name == output) return &feed.tensor;
  }
  return nullptr;
}

}  // namespace

Status Model::open(const std::string& bytes, const std::string& path, std::shared_ptr<const Model>& out) {
  const char* const named = std::getenv("ENGINERY_ONNXRUNTIME_LIBRARY");
  if (named == nullptr) {
    return Status::failed("ENGINERY_LIBRARY_UNUSABLE",
                          "the emulator computes with the ONNX Runtime that ENGINERY_ONNXRUNTIME_LIBRARY names");
  }
  const ort::Library* library = nullptr;
  Status status = ort::Library::open(named, library);
  if (!status.ok()) return status;
  const ort::Api& api = library->api();
  ort::Owned<ort::SessionOptions> settings(api.ReleaseSessionOptions);
  status = library->check(api.CreateSessionOptions(settings.out()), ort::open_error);
  if (status.ok()) status = ort::configure(*library, {}, settings.get());
  if (!status.ok()) return status;

  const std::shared_ptr<Model> model(new Model(*library));
  status = library->check(path.empty()
                              ? api.CreateSessionFromArray(library->env(), bytes.data(), bytes.size(), settings.get(),
                                                           model->session_.out())
                              : api.CreateSession(library->env(), path.c_str(), settings.get(), model->session_.out()),
                          ort::open_error);
  if (status.ok()) status = ort::describe_inputs(*library, model->session_.get(), model->inputs_);
  if (status.ok()) status = ort::describe_outputs(*library, model->session_.get(), model->outputs_);
  if (status.ok()) out = model;
  return status;
}

RunResult Model::run(RunRequest request) const {
  const ort::Api& api = library_.api();
  const auto feeds = std::make_shared<const std::vector<NamedTensor>>(std::move(request.feeds));
  RunResult result;
  std::vector<ort::OwnedValue> values;
  std::vector<const ort::Value*> inputs;
  std::vector<const char*> names;
  for (const NamedTensor& feed : *feeds) {
    result.status = ort::to_value(library_, feed.name, feed.tensor, values.emplace_back(api.ReleaseValue));
    if (!result.status.ok()) return result;
    inputs.push_back(values.back().get());
    names.push_back(feed.name.c_str());
  }
  std::vector<ort::OwnedValue> outputs;
  std::vector<ort::Value*> results;
  std::vector<const char*> wanted;
  for (size_t i = 0; i < request.outputs.size(); ++i) {
    const std::string& name = request.outputs[i];
    ort::OwnedValue& output = outputs.emplace_back(api.ReleaseValue);
    if (has_target(request, i) && passed_through(*feeds, name) == nullptr) {
      result.status = ort::to_value(library_, name, request.targets[i], output);
      if (!result.status.ok()) return result;
    }
    results.push_back(output.get());
    wanted.push_back(name.c_str());
  }
  ort::Owned<ort::RunOptions> options(api.ReleaseRunOptions);
  result.status = library_.check(api.CreateRunOptions(options.out()), ort::run_error);
  if (!result.status.ok()) return result;
  result.status = library_.check(api.Run(session_.get(), options.get(), names.data(), inputs.data(), inputs.size(),
                                         wanted.data(), wanted.size(), results.data()),
                                 ort::run_error);
  for (size_t i = 0; i < outputs.size(); ++i) *outputs[i].out() = results[i];
  result.outputs.resize(outputs.size());
  for (size_t i = 0; result.status.ok() && i < outputs.size(); ++i) {
    const TensorBuffer* const feed = passed_through(*feeds, request.outputs[i]);
    if (!has_target(request, i)) {
      result.status = ort::from_value(library_, request.outputs[i], std::move(outputs[i]), feeds, result.outputs[i]);
    } else if (feed != nullptr) {
      std::memmove(request.targets[i].data, feed->data, feed->bytes);
    }
  }
  return result;
}

}  // namespace enginery::emulator
