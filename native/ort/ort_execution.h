// Running an opened model once, on the calling thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/runner.h"
#include "ort/ort_library.h"
#include "ort/ort_values.h"

namespace enginery::ort {

// What ONNX Runtime has opened, and what it says of it.
struct Model {
  explicit Model(const Library& library) : session(library.api().ReleaseSession) {}

  Owned<SessionHandle> session;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::vector<const char*> input_names;
  // Of each output the place of the input that it is, -1 where it is none: under its own name the model gives it back.
  std::vector<int32_t> passed_through;

  // Fills everything but `session` from it.
  Status describe(const Library& library);
};

// What a run needs of ONNX Runtime; used for one at a time, and for the next again.
class Execution {
 public:
  explicit Execution(const Library& library) : library_(library), options_(library.api().ReleaseRunOptions) {}

  // Fills in the run's results. Blocks. Once for each Execution that was stopped.
  Status execute(const Model& model, Run& run);

  // From another thread: execute() then fails at the next node, or before the first.
  void stop();

  // Makes what stop() works on: before another thread knows of this one.
  Status prepare();

 private:
  Status make_values(const Model& model, const Run& run);
  Status take_results(const Model& model, Run& run);

  const Library& library_;
  Owned<RunOptions> options_;
  std::vector<OwnedValue> values_;  // of inputs, then of outputs
  std::vector<const Value*> inputs_;
  std::vector<const char*> output_names_;
  std::vector<Value*> outputs_;
};

}  // namespace enginery::ort
