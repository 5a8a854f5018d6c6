// Running an opened model once, on the calling thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "core/queued_runner.h"
#include "ort/ort_library.h"
#include "ort/ort_log.h"
#include "ort/ort_options.h"
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

  // Reads and optimises the model, and asks what it takes and gives. The log must outlive this. Blocks.
  Status open(const Library& library, const OpenOptions& options, LogSink& log);

 private:
  Status describe(const Library& library);
};

// What a run needs of ONNX Runtime.
class OrtExecution final : public Execution {
 public:
  OrtExecution(const Library& library, const Model& model)
      : library_(library), model_(model), options_(library.api().ReleaseRunOptions) {}

  Status prepare() override;
  Status execute(Run& run) override;
  void stop() override;
  bool reset() override { return !stopped_; }  // what was told to stop never runs again

 private:
  Status make_values(const Run& run);
  Status take_results(Run& run);

  const Library& library_;
  const Model& model_;
  Owned<RunOptions> options_;
  std::atomic<bool> stopped_{false};
  std::vector<OwnedValue> values_;  // of inputs, then of outputs
  std::vector<const Value*> inputs_;
  std::vector<const char*> output_names_;
  std::vector<Value*> outputs_;
};

}  // namespace enginery::ort
