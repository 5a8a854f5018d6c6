// A model run on the CPU by ONNX Runtime.
#pragma once

#include <memory>
#include <vector>

#include "core/queued_runner.h"
#include "ort/ort_execution.h"
#include "ort/ort_library.h"
#include "ort/ort_log.h"
#include "ort/ort_options.h"

namespace enginery::ort {

class OrtRunner final : public QueuedRunner {
 public:
  // Reads and optimises the model. Blocks: call it on a job thread.
  static Status open(const OpenOptions& options, std::shared_ptr<Runner>& out);

  const std::vector<TensorSpec>& inputs() const override { return model_.inputs; }
  const std::vector<TensorSpec>& outputs() const override { return model_.outputs; }

 private:
  OrtRunner(const Library& library, const OpenOptions& options)
      : QueuedRunner(run_threads(), options.limits), library_(library), log_(options.on_log), model_(library) {}

  std::unique_ptr<Execution> make_execution() override;
  void release(std::vector<std::unique_ptr<Execution>> idle) override;

  const Library& library_;
  LogSink log_;  // before the model, whose session logs until it is gone
  Model model_;
};

}  // namespace enginery::ort
