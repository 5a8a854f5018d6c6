#include "ort/ort_runner.h"

namespace enginery::ort {

Status OrtRunner::open(const OpenOptions& options, std::shared_ptr<Runner>& out) {
  const Library* library = nullptr;
  Status status = Library::open(options.library, library);
  if (!status.ok()) return status;
  std::shared_ptr<OrtRunner> runner(new OrtRunner(*library, options));
  status = runner->model_.open(*library, options, runner->log_);
  if (!status.ok()) return status;
  out = std::move(runner);
  return {};
}

std::unique_ptr<Execution> OrtRunner::make_execution() { return std::make_unique<OrtExecution>(library_, model_); }

void OrtRunner::release(std::vector<std::unique_ptr<Execution>> idle) {
  idle.clear();
  model_.session.reset();
}

}  // namespace enginery::ort
