#include "ort/ort_execution.h"

#include <cstring>
#include <utility>

#include "ort/ort_specs.h"

namespace enginery::ort {

Status Model::open(const Library& library, const OpenOptions& options, LogSink& log) {
  const Api& api = library.api();
  Owned<SessionOptions> settings(api.ReleaseSessionOptions);
  Status status = library.check(api.CreateSessionOptions(settings.out()), open_error);
  if (status.ok()) status = configure(library, options, log, settings.get());
  if (!status.ok()) return status;

  LogCapture capture;
  status =
      library.check(options.model_path.empty()
                        ? api.CreateSessionFromArray(library.env(), options.model_data.data(),
                                                     options.model_data.size(), settings.get(), session.out())
                        : api.CreateSession(library.env(), options.model_path.c_str(), settings.get(), session.out()),
                    open_error);
  if (status.ok()) status = describe(library);
  if (!status.ok()) {
    status.subject = options.model_path;
    status.log = capture.take();
  }
  return status;
}

Status Model::describe(const Library& library) {
  Status status = describe_inputs(library, session.get(), inputs);
  if (status.ok()) status = describe_outputs(library, session.get(), outputs);
  for (const TensorSpec& input : inputs) input_names.push_back(input.name.c_str());
  for (const TensorSpec& output : outputs) {
    passed_through.push_back(-1);
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].name == output.name) passed_through.back() = static_cast<int32_t>(i);
    }
  }
  return status;
}

Status OrtExecution::prepare() { return library_.check(library_.api().CreateRunOptions(options_.out()), run_error); }

void OrtExecution::stop() {
  stopped_ = true;
  // Fails only on a null argument.
  (void)library_.check(library_.api().RunOptionsSetTerminate(options_.get()), run_error);
}

Status OrtExecution::execute(Run& run) {
  Status status = make_values(run);
  if (status.ok()) {
    const size_t inputs = inputs_.size(), outputs = outputs_.size();
    LogCapture log;
    status = library_.check(library_.api().Run(model_.session.get(), options_.get(), model_.input_names.data(),
                                               inputs_.data(), inputs, output_names_.data(), outputs, outputs_.data()),
                            run_error);
    for (size_t i = 0; i < outputs; ++i) *values_[inputs + i].out() = outputs_[i];
    if (!status.ok()) status.log = log.take();
  }
  if (status.ok()) status = take_results(run);
  values_.clear();
  return status;
}

Status OrtExecution::make_values(const Run& run) {
  const Api& api = library_.api();
  inputs_.clear();
  output_names_.clear();
  outputs_.clear();
  values_.reserve(run.feeds.size() + run.outputs.size());
  const auto make = [&](const std::string& name, const TensorBuffer& tensor) {
    Status status = to_value(library_, tensor, values_.back());
    if (!status.ok()) status.subject = name;
    return status;
  };
  for (size_t i = 0; i < run.feeds.size(); ++i) {
    values_.emplace_back(api.ReleaseValue);
    Status status = make(model_.inputs[i].name, run.feeds[i]);
    if (!status.ok()) return status;
    inputs_.push_back(values_.back().get());
  }
  for (size_t i = 0; i < run.outputs.size(); ++i) {
    const uint32_t place = run.outputs[i];
    const std::string& name = model_.outputs[place].name;
    values_.emplace_back(api.ReleaseValue);
    Status status;
    if (run.has_target(i) && model_.passed_through[place] < 0) status = make(name, run.targets[i]);
    if (!status.ok()) return status;
    output_names_.push_back(name.c_str());
    outputs_.push_back(values_.back().get());
  }
  return {};
}

// Where the values are, then who owns what: of small ones a copy, of others what ONNX Runtime has allocated, and of an
// input that was passed through untouched whoever owns the input.
Status OrtExecution::take_results(Run& run) {
  run.results.resize(run.outputs.size());
  size_t small = 0;
  for (size_t i = 0; i < run.results.size(); ++i) {
    TensorBuffer& result = run.results[i];
    const uint32_t place = run.outputs[i];
    const std::string& name = model_.outputs[place].name;
    Status status;
    result.type = ElementType::unknown;
    result.owner.reset();
    if (!run.has_target(i)) {
      status = read_value(library_, name, outputs_[i], result);
      if (result.bytes <= kSmallTensor) small += result.bytes;
    } else if (const int32_t input = model_.passed_through[place]; input >= 0) {
      // ONNX Runtime leaves the target of an output alone that is an input.
      status = copy_to_target(name, run.feeds[static_cast<size_t>(input)], run.targets[i]);
    }
    if (!status.ok()) return status;
  }
  uint8_t* free = run.small_results.resize(small);
  if (free == nullptr) return Status::failed("ENGINERY_RUN_FAILED", "There is no memory for the outputs.");
  for (size_t i = 0; i < run.results.size(); ++i) {
    TensorBuffer& result = run.results[i];
    if (result.type == ElementType::unknown || result.type == ElementType::string) continue;
    if (result.bytes <= kSmallTensor) {
      if (result.bytes > 0) std::memcpy(free, result.data, result.bytes);
      result.data = free;
      free += result.bytes;
      continue;
    }
    const TensorBuffer* feed = nullptr;
    for (const TensorBuffer& it : run.feeds) {
      if (it.data == result.data) feed = &it;
    }
    if (feed == nullptr) {
      result.owner = std::shared_ptr<void>(
          values_[run.feeds.size() + i].take(),
          [release = library_.api().ReleaseValue](void* value) { release(static_cast<Value*>(value)); });
    } else if (feed->owner && !feed->borrowed) {
      result.owner = feed->owner;
    } else {
      result.owner = allocate_tensor_memory(result.bytes);
      if (!result.owner) return Status::failed("ENGINERY_RUN_FAILED", "There is no memory for the outputs.");
      result.data = std::memcpy(result.owner.get(), result.data, result.bytes);
    }
  }
  return {};
}

}  // namespace enginery::ort
