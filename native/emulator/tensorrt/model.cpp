#include "emulator/tensorrt/model.h"

#include <cstdlib>

namespace enginery::emulator {
namespace {

struct Once final : Run {
  void ended() override {}
};

uint32_t place_of(const std::vector<TensorSpec>& specs, const std::string& name) {
  uint32_t place = 0;
  while (place < specs.size() && specs[place].name != name) ++place;
  return place;
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
  const std::shared_ptr<Model> model(new Model(*library));
  ort::OpenOptions options;
  options.model_path = path;
  options.model_data.assign(bytes.begin(), bytes.end());
  status = model->model_.open(*library, options, model->log_);
  if (status.ok()) out = model;
  return status;
}

RunResult Model::run(RunRequest request) const {
  const auto run = std::make_shared<Once>();
  run->feeds.resize(inputs().size());
  for (NamedTensor& feed : request.feeds) run->feeds.at(place_of(inputs(), feed.name)) = std::move(feed.tensor);
  for (const std::string& name : request.outputs) run->outputs.push_back(place_of(outputs(), name));
  run->targets = std::move(request.targets);
  ort::OrtExecution execution(library_, model_);
  RunResult result;
  result.status = execution.prepare();
  if (result.status.ok()) result.status = execution.execute(*run);
  result.outputs = run->results;
  for (TensorBuffer& output : result.outputs) {
    if (!output.owner) output.owner = {run, output.data};  // it lies in the run's memory
  }
  return result;
}

}  // namespace enginery::emulator
