// An ONNX model that ONNX Runtime computes, on the calling thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/runner.h"
#include "ort/ort_execution.h"
#include "ort/ort_library.h"
#include "ort/ort_log.h"

namespace enginery::emulator {

struct NamedTensor {
  std::string name;
  TensorBuffer tensor;
};

struct RunRequest {
  std::vector<NamedTensor> feeds;
  std::vector<std::string> outputs;
  std::vector<TensorBuffer> targets;  // memory for the outputs, in their order; of unknown type where there is none
};

struct RunResult {
  Status status;
  std::vector<TensorBuffer> outputs;
};

class Model {
 public:
  // `path` counts where the model has external data; `bytes` otherwise. The library is the one that
  // ENGINERY_ONNXRUNTIME_LIBRARY names, and the options are those of a CPU session with one thread: the same numbers.
  static Status open(const std::string& bytes, const std::string& path, std::shared_ptr<const Model>& out);

  const std::vector<TensorSpec>& inputs() const { return model_.inputs; }
  const std::vector<TensorSpec>& outputs() const { return model_.outputs; }

  // Results are written into the request's targets where it has any.
  RunResult run(RunRequest request) const;

 private:
  explicit Model(const ort::Library& library) : library_(library), model_(library) {}

  const ort::Library& library_;
  ort::LogSink log_{nullptr};  // before the model, whose session logs until it is gone
  ort::Model model_;
};

}  // namespace enginery::emulator
