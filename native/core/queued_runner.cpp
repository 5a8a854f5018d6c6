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

constexpr const char* kTooLittleMemory = "ENGINERY_DEVICE_MEMORY";

}  // namespace

RunQueue QueuedRunner::queue() const {
  const auto lock = lock_briefly(mutex_);
  return {waiting_.size(), !has_slot()};
}

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
  if (is_full()) {
    if (!exclusive_.empty()) {
      return Status::failed("ENGINERY_BUSY",
                            "The engine takes new weights or is described: the session takes no more.");
    }
    const size_t count = under_way_.size();
    return Status::failed("ENGINERY_BUSY", std::to_string(count) + (count == 1 ? " run is" : " runs are") +
                                               " under way and " + std::to_string(waiting_.size()) +
                                               " wait: the session takes no more.");
  }
  Run& admitted = *run;
  *admitted.place_ = {std::move(run), shared_from_this(), Clock::now()};
  waiting_.splice(waiting_.end(), admitted.queued_);
  if (!has_slot()) return {};
  try {
    start(*admitted.place_);
    return {};
  } catch (const std::exception& error) {
    admitted.queued_.splice(admitted.queued_.end(), waiting_, admitted.place_);
    *admitted.place_ = {};
    return Status::failed("ENGINERY_RUN_FAILED", error.what());
  }
}

bool QueuedRunner::has_slot() const { return exclusive_.empty() && tended_ == nullptr && under_way_.size() < slots_; }

// Neither upkeep nor a lack of memory is the caller's business: the runs that would be under way without them are not
// counted as waiting.
bool QueuedRunner::is_full() const {
  if (has_slot()) return false;
  const size_t held_up = limits_.at_once - std::min(limits_.at_once, tended_ == nullptr ? slots_ : under_way_.size());
  return waiting_.size() >= held_up && waiting_.size() - held_up >= limits_.waiting;
}

void QueuedRunner::start(QueuedRun& queued) {
  Run* const run = queued.run.get();
  const auto length = run->brief ? JobThreads::Length::brief : JobThreads::Length::any;
  queued.ticket = threads_.submit([this, run] { work(*run); }, length);  // std::function allocates nothing for that
  begin(queued);
}

void QueuedRunner::begin(QueuedRun& queued) {
  queued.waits = false;
  ++begun_;
  under_way_.splice(under_way_.end(), waiting_, queued.run->place_);
}

// Where there is no thread to be had now, the run waits on: the next that ends asks again.
void QueuedRunner::start_waiting() {
  while (!waiting_.empty() && has_slot()) {
    try {
      start(waiting_.front());
    } catch (const std::system_error&) {
      return;
    }
  }
}

// One run after the other where they are brief, as handing each to the threads would take as long as the run; not for
// longer than another session may well wait.
void QueuedRunner::work(Run& first) {
  constexpr std::chrono::microseconds kTurn{50};
  const auto self = shared_from_this();  // which the runs keep only until they have ended
  std::unique_ptr<Execution> execution;
  auto now = Clock::now();
  const auto end = now + kTurn;
  for (Run* run = &first; run != nullptr;) {
    execute(*run, execution, now);
    const auto over = Clock::now();
    run->compute_ms = Milliseconds(over - now).count();
    now = over;
    if (run->status.code == kTooLittleMemory && put_back(*run, execution)) return;
    run = finish(*run, execution, now, now < end);
  }
}

void QueuedRunner::execute(Run& run, std::unique_ptr<Execution>& execution, Clock::time_point started) {
  try {
    run.status = take_execution(run, execution, started);
    if (run.status.ok()) run.status = execution->execute(run);
  } catch (const std::exception& error) {  // out of memory
    run.status = Status::failed("ENGINERY_RUN_FAILED", error.what());
  }
}

Status QueuedRunner::take_execution(Run& run, std::unique_ptr<Execution>& execution, Clock::time_point started) {
  const auto begin = [&] {
    QueuedRun& queued = *run.place_;
    queued.execution = execution.get();
    run.queue_ms = Milliseconds(started - queued.submitted).count();
    return queued.cancelled ? Status::cancelled() : Status();
  };
  {
    const auto lock = lock_briefly(mutex_);
    if (execution == nullptr && !idle_.empty()) {
      execution = std::move(idle_.back());
      idle_.pop_back();
    }
    const bool alone = execution == nullptr && tended_ == nullptr && under_way_.size() == 1;
    run.place_->begun_when_alone = alone ? begun_ : 0;
    if (execution != nullptr) return begin();
  }
  std::unique_ptr<Execution> made = make_execution();
  Status status = made->prepare();
  if (!status.ok()) return status;
  const auto lock = lock_briefly(mutex_);
  execution = std::move(made);
  return begin();
}

void QueuedRunner::cancel(Run& run) {
  {
    const auto lock = lock_briefly(mutex_);
    QueuedRun& queued = *run.place_;
    if (queued.run == nullptr || queued.cancelled) return;
    queued.cancelled = true;
    if (queued.waits) {
      under_way_.splice(under_way_.end(), waiting_, run.place_);
    } else if (!threads_.withdraw(queued.ticket)) {
      if (queued.execution != nullptr) queued.execution->stop();
      return;
    }
  }
  run.status = Status::cancelled();
  std::unique_ptr<Execution> none;
  finish(run, none, {}, false);
}

void QueuedRunner::close(std::function<void()> done) {
  const auto lock = lock_briefly(mutex_);
  closing_ = true;
  when_closed_.push_back(std::move(done));
  release_if_idle();
}

bool QueuedRunner::exclusively(Exclusive work) {
  const auto lock = lock_briefly(mutex_);
  if (closing_) return false;
  exclusive_.push_back(std::move(work));
  try {
    start_exclusive();
  } catch (const std::system_error&) {  // no thread to be had: runs must not wait for it
    exclusive_.pop_back();
    throw;
  }
  return true;
}

void QueuedRunner::start_exclusive() {
  if (exclusive_.empty() || exclusive_at_work_ || tended_ != nullptr || !under_way_.empty()) return;
  threads_.submit([self = shared_from_this()] { self->work_exclusively(); });
  exclusive_at_work_ = true;
}

void QueuedRunner::work_exclusively() {
  Exclusive work;
  {
    const auto lock = lock_briefly(mutex_);
    work = std::move(exclusive_.front());
  }
  work(idle_);  // nobody else uses them now
  const auto lock = lock_briefly(mutex_);
  exclusive_.pop_front();
  exclusive_at_work_ = false;
  start_exclusive();
  start_waiting();
  release_if_idle();
}

// Of the execution that was used last. Not on the thread of its run: that may count as brief, and this is not.
void QueuedRunner::start_upkeep() {
  tended_ = std::move(idle_.back());
  idle_.pop_back();
  try {
    threads_.submit([self = shared_from_this()] { self->work_upkeep(); });
  } catch (const std::system_error&) {  // no thread to be had: another time
    idle_.push_back(std::move(tended_));
  }
}

void QueuedRunner::work_upkeep() {
  std::function<void()> rest;
  try {
    rest = look_after(*tended_);
  } catch (const std::exception&) {
    // Out of memory: another time.
  }
  {
    const auto lock = lock_briefly(mutex_);
    ++reporting_;
    idle_.push_back(std::move(tended_));
    start_exclusive();
    start_waiting();
  }
  threads_.wake_for_waiting();  // runs that are brief would wait for this thread, and the rest is not brief
  if (rest) rest();
  if (--reporting_ > 0 || !closing_) return;
  const auto lock = lock_briefly(mutex_);
  release_if_idle();
}

// The run's maker may use it again from ended() on, so it is forgotten before. The session counts as idle only after:
// whoever waits for it to close may rely on every run having been reported.
//
// Gives the run to go on with, on this thread and with this execution; null where there is none.
Run* QueuedRunner::finish(Run& run, std::unique_ptr<Execution>& execution, Clock::time_point now, bool may_go_on) {
  std::shared_ptr<Run> ended;
  Run* next = nullptr;
  std::unique_ptr<Execution> broken;  // ended without the lock: that may take long
  {
    const auto lock = lock_briefly(mutex_);
    QueuedRun& queued = *run.place_;
    ended = std::move(queued.run);
    if (queued.cancelled && !ended->status.ok()) ended->status = Status::cancelled();
    run.queued_.splice(run.queued_.end(), under_way_, run.place_);
    queued = {};
    if (execution != nullptr && !execution->reset()) broken = std::move(execution);
    ++reporting_;
    raise_slots_again();
    const bool tend = execution != nullptr && tended_ == nullptr && ended->status.ok() && upkeep_due(now);
    if (may_go_on && !tend && exclusive_.empty() && execution != nullptr && !waiting_.empty() &&
        waiting_.front().run->brief) {
      next = waiting_.front().run.get();
      begin(*next->place_);
    } else {
      if (execution != nullptr) idle_.push_back(std::move(execution));
      if (tend) start_upkeep();
      start_exclusive();
      start_waiting();
    }
  }
  broken.reset();
  ended->ended();
  ended.reset();
  if (--reporting_ > 0 || !closing_) return next;
  const auto lock = lock_briefly(mutex_);
  release_if_idle();
  return next;
}

void QueuedRunner::release_if_idle() {
  if (!closing_ || !under_way_.empty() || !waiting_.empty() || !exclusive_.empty() || tended_ != nullptr ||
      reporting_ > 0 || when_closed_.empty())
    return;
  // Freeing a large model takes a while, and the last run may have ended on the JS thread.
  threads_.submit([self = shared_from_this(), waiting = std::exchange(when_closed_, {})] {
    self->release(std::exchange(self->idle_, {}));
    for (const auto& done : waiting) done();
  });
}

}  // namespace enginery
