#include "ort/ort_runner.h"

namespace enginery::ort {

Status OrtRunner::open(const OpenOptions& options, std::shared_ptr<Runner>& out) {
  const Library* library = nullptr;
  Status status = Library::open(options.library, library);
  if (!status.ok()) return status;
  const Api& api = library->api();

  Owned<SessionOptions> settings(api.ReleaseSessionOptions);
  status = library->check(api.CreateSessionOptions(settings.out()), open_error);
  if (!status.ok()) return status;
  std::shared_ptr<OrtRunner> runner(new OrtRunner(*library, options));
  status = configure(*library, options, runner->log_, settings.get());
  if (!status.ok()) return status;

  LogCapture log;
  SessionHandle** const session = runner->model_.session.out();
  status = library->check(options.model_path.empty()
                              ? api.CreateSessionFromArray(library->env(), options.model_data.data(),
                                                           options.model_data.size(), settings.get(), session)
                              : api.CreateSession(library->env(), options.model_path.c_str(), settings.get(), session),
                          open_error);
  if (status.ok()) status = runner->model_.describe(*library);
  if (!status.ok()) {
    status.subject = options.model_path;
    status.log = log.take();
    return status;
  }
  out = std::move(runner);
  return {};
}

std::unique_ptr<Execution> OrtRunner::make_execution() { return std::make_unique<OrtExecution>(library_, model_); }

void OrtRunner::release(std::vector<std::unique_ptr<Execution>> idle) {
  idle.clear();
  model_.session.reset();
}

}  // namespace enginery::ort
