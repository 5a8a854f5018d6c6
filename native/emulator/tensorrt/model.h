// An ONNX model that ONNX Runtime computes, on the calling thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/runner.h"
#include "ort/ort_library.h"

namespace enginery::emulator {

class Model {
 public:
  // `path` counts where the model has external data; `bytes` otherwise. The library is the one that
  // ENGINERY_ONNXRUNTIME_LIBRARY names, and the options are those of a CPU session with one thread: the same numbers.
  static Status open(const std::string& bytes, const std::string& path, std::shared_ptr<const Model>& out);

  const std::vector<TensorSpec>& inputs() const { return inputs_; }
  const std::vector<TensorSpec>& outputs() const { return outputs_; }

  // Results are written into the request's targets where it has any.
  RunResult run(RunRequest request) const;

 private:
  explicit Model(const ort::Library& library) : library_(library), session_(library.api().ReleaseSession) {}

  const ort::Library& library_;
  ort::Owned<ort::SessionHandle> session_;
  std::vector<TensorSpec> inputs_;
  std::vector<TensorSpec> outputs_;
};

}  // namespace enginery::emulator
