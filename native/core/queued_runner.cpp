#include "core/queued_runner.h"

#include <algorithm>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "core/brief_lock.h"

namespace enginery {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

}  // namespace

void QueuedRunner::submit(std::shared_ptr<Run> run) {
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

Status QueuedRunner::admit(std::shared_ptr<Run> run) {
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

void QueuedRunner::start(Admitted& admitted) {
  const auto length = admitted.run->brief ? JobThreads::Length::brief : JobThreads::Length::any;
  admitted.ticket =
      threads_.submit([self = shared_from_this(), run = admitted.run.get()] { self->work(*run); }, length);
  ++slots_taken_;
}

// Where there is no thread to be had now, the run waits on: the next that ends asks again.
void QueuedRunner::start_waiting() {
  while (!waiting_.empty() && slots_taken_ < limits_.at_once) {
    try {
      start(admitted_.at(waiting_.front()));
    } catch (const std::system_error&) {
      return;
    }
    waiting_.pop_front();
  }
}

void QueuedRunner::work(Run& run) {
  const auto started = Clock::now();
  std::unique_ptr<Execution> execution;
  try {
    execution = begin(run, started);
    if (execution != nullptr) run.status = execution->execute(run);
  } catch (const std::exception& error) {  // out of memory
    run.status = Status::failed("ENGINERY_RUN_FAILED", error.what());
  }
  run.compute_ms = Milliseconds(Clock::now() - started).count();
  finish(run, std::move(execution));
}

// Null where the run is to end with the status that it has.
std::unique_ptr<Execution> QueuedRunner::begin(Run& run, Clock::time_point started) {
  std::unique_ptr<Execution> execution;
  const auto know = [&] {
    Admitted& admitted = admitted_.at(&run);
    admitted.execution = execution.get();
    run.queue_ms = Milliseconds(started - admitted.submitted).count();
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
  execution = make_execution();
  run.status = execution->prepare();
  if (!run.status.ok()) return nullptr;
  const auto lock = lock_briefly(mutex_);
  know();
  return execution;
}

void QueuedRunner::cancel(const Run& run) {
  std::shared_ptr<Run> withdrawn;
  {
    const auto lock = lock_briefly(mutex_);
    const auto found = admitted_.find(&run);
    if (found == admitted_.end() || found->second.cancelled) return;
    Admitted& admitted = found->second;
    admitted.cancelled = true;
    if (admitted.ticket == 0) {
      waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &run));
    } else if (!threads_.withdraw(admitted.ticket)) {
      if (admitted.execution != nullptr) admitted.execution->stop();
      return;
    }
    withdrawn = admitted.run;
  }
  withdrawn->status = Status::cancelled();
  finish(run, nullptr);
}

void QueuedRunner::close(std::function<void()> done) {
  const auto lock = lock_briefly(mutex_);
  closing_ = true;
  when_closed_.push_back(std::move(done));
  release_if_idle();
}

// The run's maker may use it again from ended() on, so it is forgotten before. The session counts as idle only after:
// whoever waits for it to close may rely on every run having been reported.
void QueuedRunner::finish(const Run& run, std::unique_ptr<Execution> execution) {
  std::shared_ptr<Run> ended;
  {
    const auto lock = lock_briefly(mutex_);
    const auto found = admitted_.find(&run);
    Admitted& admitted = found->second;
    ended = std::move(admitted.run);
    if (admitted.ticket != 0) --slots_taken_;
    if (admitted.cancelled && !ended->status.ok()) ended->status = Status::cancelled();
    if (execution != nullptr && execution->reset()) idle_.push_back(std::move(execution));
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

void QueuedRunner::release_if_idle() {
  if (!closing_ || !admitted_.empty() || reporting_ > 0 || when_closed_.empty()) return;
  // Freeing a large model takes a while, and the last run may have ended on the JS thread.
  threads_.submit([self = shared_from_this(), waiting = std::exchange(when_closed_, {})] {
    self->release(std::exchange(self->idle_, {}));
    for (const auto& done : waiting) done();
  });
}

}  // namespace enginery
