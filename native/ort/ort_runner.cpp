#include "ort/ort_runner.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include "core/brief_lock.h"

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

void OrtRunner::submit(std::shared_ptr<Run> run) {
  run->status = {};
  Status status;
  {
    const auto lock = lock_briefly(mutex_);
    status = admit(run);
  }
  if (status.ok()) return;
  run->status = std::move(status);
  run->ended();
}

Status OrtRunner::admit(std::shared_ptr<Run> run) {
  if (closing_) return Status::failed("ENGINERY_DISPOSED", "The session is closed.");
  const bool has_slot = slots_taken_ < limits_.at_once;
  if (!has_slot && waiting_.size() >= limits_.waiting) {
    return Status::failed("ENGINERY_BUSY", std::to_string(slots_taken_) + " runs are under way and " +
                                               std::to_string(waiting_.size()) + " wait: the session takes no more.");
  }
  const Run* const key = run.get();
  Admitted& admitted = admitted_[key];
  admitted.run = std::move(run);
  if (!has_slot) {
    waiting_.push_back(key);
    return {};
  }
  try {
    start(admitted);
    return {};
  } catch (const std::exception& error) {
    admitted_.erase(key);
    return Status::failed("ENGINERY_RUN_FAILED", error.what());
  }
}

void OrtRunner::start(Admitted& admitted) {
  const auto length = admitted.run->brief ? JobThreads::Length::brief : JobThreads::Length::any;
  admitted.ticket =
      run_threads().submit([self = shared_from_this(), run = admitted.run.get()] { self->work(*run); }, length);
  ++slots_taken_;
}

// Where there is no thread to be had now, the run waits on: the next that ends asks again.
void OrtRunner::start_waiting() {
  while (!waiting_.empty() && slots_taken_ < limits_.at_once) {
    try {
      start(admitted_.at(waiting_.front()));
    } catch (const std::system_error&) {
      return;
    }
    waiting_.pop_front();
  }
}

void OrtRunner::work(Run& run) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const auto started = Clock::now();
  std::unique_ptr<Execution> execution;
  try {
    execution = begin(run);
    if (execution != nullptr) run.status = execution->execute(model_, run);
  } catch (const std::exception& error) {  // out of memory
    run.status = Status::failed("ENGINERY_RUN_FAILED", error.what());
  }
  run.compute_ms = Milliseconds(Clock::now() - started).count();
  finish(run, std::move(execution));
}

// Null where the run is to end with the status that it has.
std::unique_ptr<Execution> OrtRunner::begin(Run& run) {
  std::unique_ptr<Execution> execution;
  const auto know = [&] {
    Admitted& admitted = admitted_.at(&run);
    admitted.execution = execution.get();
    run.queue_ms = std::chrono::duration<double, std::milli>(Clock::now() - admitted.submitted).count();
    if (admitted.cancelled) execution->stop();
  };
  {
    const auto lock = lock_briefly(mutex_);
    if (!idle_.empty()) {
      execution = std::move(idle_.back());
      idle_.pop_back();
      know();
      return execution;
    }
  }
  execution = std::make_unique<Execution>(library_);
  run.status = execution->prepare();
  if (!run.status.ok()) return nullptr;
  const auto lock = lock_briefly(mutex_);
  know();
  return execution;
}

void OrtRunner::cancel(const Run& run) {
  std::shared_ptr<Run> withdrawn;
  {
    const auto lock = lock_briefly(mutex_);
    const auto found = admitted_.find(&run);
    if (found == admitted_.end() || found->second.cancelled) return;
    Admitted& admitted = found->second;
    admitted.cancelled = true;
    if (admitted.ticket == 0) {
      waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &run));
    } else if (!run_threads().withdraw(admitted.ticket)) {
      if (admitted.execution != nullptr) admitted.execution->stop();
      return;
    }
    withdrawn = admitted.run;
  }
  withdrawn->status = Status::cancelled();
  finish(run, nullptr);
}

void OrtRunner::close(std::function<void()> done) {
  const auto lock = lock_briefly(mutex_);
  closing_ = true;
  when_closed_.push_back(std::move(done));
  release_if_idle();
}

// The run's maker may use it again from ended() on, so it is forgotten before. The session counts as idle only after:
// whoever waits for it to close may rely on every run having been reported.
void OrtRunner::finish(const Run& run, std::unique_ptr<Execution> execution) {
  std::shared_ptr<Run> ended;
  {
    const auto lock = lock_briefly(mutex_);
    const auto found = admitted_.find(&run);
    Admitted& admitted = found->second;
    ended = std::move(admitted.run);
    if (admitted.ticket != 0) --slots_taken_;
    if (!admitted.cancelled) {
      if (execution != nullptr) idle_.push_back(std::move(execution));
    } else if (!ended->status.ok()) {
      ended->status = Status::cancelled();
    }
    admitted_.erase(found);
    ++reporting_;
    start_waiting();
  }
  ended->ended();
  ended.reset();
  if (--reporting_ > 0 || !closing_) return;
  const auto lock = lock_briefly(mutex_);
  release_if_idle();
}

void OrtRunner::release_if_idle() {
  if (!closing_ || !admitted_.empty() || reporting_ > 0 || when_closed_.empty()) return;
  // Freeing a large model takes a while, and the last run may have ended on the JS thread.
  run_threads().submit([self = shared_from_this(), waiting = std::exchange(when_closed_, {})] {
    self->idle_.clear();
    self->model_.session.reset();
    for (const auto& done : waiting) done();
  });
}

}  // namespace enginery::ort
