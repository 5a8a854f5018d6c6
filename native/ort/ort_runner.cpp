#include "ort/ort_runner.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "ort/ort_specs.h"
#include "ort/ort_values.h"

namespace enginery::ort {

JobThreads& run_threads() {
  static auto* const threads = new JobThreads(std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  return *threads;
}

Status OrtRunner::open(const OpenOptions& options, std::shared_ptr<Runner>& out) {
  const Library* library = nullptr;
  Status status = Library::open(options.library, library);
  if (!status.ok()) return status;
  const Api& api = library->api();

  Owned<SessionOptions> settings(api.ReleaseSessionOptions);
  status = library->check(api.CreateSessionOptions(settings.out()), open_error);
  if (!status.ok()) return status;
  // Another user of the same library may have made its environment with a chattier level.
  status = library->check(api.SetSessionLogSeverityLevel(settings.get(), LOG_FATAL), open_error);
  if (!status.ok()) return status;
  status = library->check(api.SetIntraOpNumThreads(settings.get(), options.intra_op_threads), open_error);
  if (!status.ok()) return status;

  std::shared_ptr<OrtRunner> runner(new OrtRunner(*library));
  status = library->check(
      options.model_path.empty()
          ? api.CreateSessionFromArray(library->env(), options.model_data.data(), options.model_data.size(),
                                       settings.get(), runner->session_.out())
          : api.CreateSession(library->env(), options.model_path.c_str(), settings.get(), runner->session_.out()),
      open_error);
  if (status.ok()) status = describe_inputs(*library, runner->session_.get(), runner->inputs_);
  if (status.ok()) status = describe_outputs(*library, runner->session_.get(), runner->outputs_);
  if (!status.ok()) {
    status.subject = options.model_path;
    return status;
  }
  out = std::move(runner);
  return {};
}

void OrtRunner::submit(RunId run, RunRequest request, std::function<void(RunResult)> done) {
  auto running = std::make_shared<Running>(library_.api());
  running->done = std::move(done);
  Status status = library_.check(library_.api().CreateRunOptions(running->options.out()), run_error);
  {
    std::lock_guard lock(mutex_);
    if (closing_) status = Status::failed("ENGINERY_DISPOSED", "The session is closed.");
    if (status.ok()) {
      running_.emplace(run, running);
      auto work = [self = shared_from_this(), run, running, request = std::move(request)]() mutable {
        RunResult result;
        try {
          result = self->execute(*running, std::move(request));
        } catch (const std::exception& error) {  // out of memory
          result.status = Status::failed("ENGINERY_RUN_FAILED", error.what());
        }
        self->finish(run, std::move(result));
      };
      try {
        running->ticket = run_threads().submit(std::move(work));
        return;
      } catch (const std::exception& error) {  // no thread to be had
        running_.erase(run);
        status = Status::failed("ENGINERY_RUN_FAILED", error.what());
      }
    }
  }
  running->done({std::move(status), {}});
}

void OrtRunner::cancel(RunId run) {
  {
    std::lock_guard lock(mutex_);
    const auto found = running_.find(run);
    if (found == running_.end()) return;
    Running& running = *found->second;
    running.cancelled = true;
    if (!run_threads().withdraw(running.ticket)) {
      // Fails only on a null argument.
      (void)library_.check(library_.api().RunOptionsSetTerminate(running.options.get()), run_error);
      return;
    }
  }
  finish(run, {Status::cancelled(), {}});
}

void OrtRunner::close(std::function<void()> done) {
  std::lock_guard lock(mutex_);
  closing_ = true;
  when_closed_.push_back(std::move(done));
  release_if_idle();
}

RunResult OrtRunner::execute(Running& running, RunRequest request) {
  const Api& api = library_.api();
  RunResult result;
  const auto feeds = std::make_shared<const std::vector<NamedTensor>>(std::move(request.feeds));

  std::vector<OwnedValue> values;
  std::vector<const Value*> inputs;
  std::vector<const char*> input_names;
  for (const NamedTensor& feed : *feeds) {
    OwnedValue& value = values.emplace_back(api.ReleaseValue);
    result.status = to_value(library_, feed, value);
    if (!result.status.ok()) return result;
    inputs.push_back(value.get());
    input_names.push_back(feed.name.c_str());
  }
  std::vector<const char*> output_names;
  for (const std::string& name : request.outputs) output_names.push_back(name.c_str());

  std::vector<Value*> results(output_names.size(), nullptr);
  result.status = library_.check(api.Run(session_.get(), running.options.get(), input_names.data(), inputs.data(),
                                         inputs.size(), output_names.data(), output_names.size(), results.data()),
                                 run_error);
  std::vector<OwnedValue> outputs;
  for (Value* value : results) *outputs.emplace_back(api.ReleaseValue).out() = value;
  if (!result.status.ok()) {
    std::lock_guard lock(mutex_);
    if (running.cancelled) result.status = Status::cancelled();
    return result;
  }
  result.outputs.resize(outputs.size());
  for (size_t i = 0; result.status.ok() && i < outputs.size(); ++i) {
    result.status = from_value(library_, request.outputs[i], std::move(outputs[i]), feeds, result.outputs[i]);
  }
  return result;
}

// `done` first: whoever waits for the session to close may rely on every run having been reported.
void OrtRunner::finish(RunId run, RunResult result) {
  std::function<void(RunResult)> done;
  {
    std::lock_guard lock(mutex_);
    done = std::move(running_.at(run)->done);
  }
  done(std::move(result));
  std::lock_guard lock(mutex_);
  running_.erase(run);
  release_if_idle();
}

void OrtRunner::release_if_idle() {
  if (!closing_ || !running_.empty() || when_closed_.empty()) return;
  // Freeing a large model takes a while, and the last run may have ended on the JS thread.
  run_threads().submit([self = shared_from_this(), waiting = std::exchange(when_closed_, {})] {
    self->session_.reset();
    for (const auto& done : waiting) done();
  });
}

}  // namespace enginery::ort
