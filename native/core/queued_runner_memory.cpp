// What becomes of runs that there is too little memory for.
#include <algorithm>

#include "core/brief_lock.h"
#include "core/queued_runner.h"

namespace enginery {

// A run that there was too little memory for waits for another to end, before those that were submitted after it. False
// where it had all of the session's memory to itself, in a slot of its own: there is no more to be had by waiting.
bool QueuedRunner::put_back(Run& run, std::unique_ptr<Execution>& execution) {
  QueuedRun& queued = *run.place_;
  Idle idle;
  {
    const auto lock = lock_briefly(mutex_);
    queued.execution = nullptr;
    idle.swap(idle_);
  }
  idle.clear();
  execution.reset();  // before the next begins, which is to have the memory
  const auto lock = lock_briefly(mutex_);
  if (queued.cancelled || queued.begun_when_alone == begun_) return false;
  const auto next = std::find_if(waiting_.begin(), waiting_.end(),
                                 [&](const QueuedRun& other) { return other.submitted > queued.submitted; });
  waiting_.splice(next, under_way_, run.place_);
  queued.waits = true;
  lower_slots();
  start_exclusive();
  start_waiting();
  return true;
}

// To as many as there was memory for, as each that is made in vain takes time, and memory that another may need.
void QueuedRunner::lower_slots() {
  slots_ = std::clamp<size_t>(under_way_.size(), 1, slots_);
  ended_with_fewer_ = 0;
}

// By and by, as nobody tells when others have given memory back: one run in so many can well take longer.
void QueuedRunner::raise_slots_again() {
  constexpr size_t kRuns = 1000;
  if (slots_ == limits_.at_once || ++ended_with_fewer_ < kRuns) return;
  ++slots_;
  ended_with_fewer_ = 0;
}

}  // namespace enginery
