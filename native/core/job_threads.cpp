#include "core/job_threads.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>

#include "core/brief_lock.h"
#include "core/running_job.h"

namespace enginery {
namespace {

constexpr std::chrono::microseconds kWatch{50};

[[noreturn]] void pause_for_good() {
  for (;;) pause();
}

}  // namespace

JobThreads::Ticket JobThreads::submit(std::function<void()> job, Length length) {
  std::list<Job> dropped;  // destroyed after the lock is released: a job may own much
  std::unique_lock lock = lock_briefly(mutex_);
  const Ticket ticket = next_++;
  if (spare_.empty()) spare_.emplace_back();
  spare_.front() = {ticket, length, std::move(job)};
  queue_.splice(queue_.end(), spare_, spare_.begin());
  queued_ = queue_.size();
  const bool seen = queue_.size() <= watching_ || (length == Length::brief && watching_ + busy_briefly_ > 0);
  if (seen) return ticket;
  try {
    start_thread_if_useful();
  } catch (const std::system_error&) {
    dropped.swap(queue_);  // without any thread, nothing else waits
    queued_ = 0;
    throw;
  }
  lock.unlock();  // so that who wakes need not wait for it
  wake_.notify_one();
  return ticket;
}

void JobThreads::wake_for_waiting() {
  if (queued_ == 0) return;
  const std::unique_lock lock = lock_briefly(mutex_);
  for (size_t i = 0; i < queue_.size(); ++i) start_thread_if_useful();
  wake_.notify_all();
}

bool JobThreads::withdraw(Ticket ticket) {
  std::function<void()> dropped;  // destroyed after the lock is released: it may own much
  std::lock_guard lock(mutex_);
  const auto job = std::find_if(queue_.begin(), queue_.end(), [&](const Job& j) { return j.ticket == ticket; });
  if (job == queue_.end()) return false;
  dropped = std::move(job->run);
  queue_.erase(job);
  queued_ = queue_.size();
  return true;
}

void JobThreads::set_concurrency(int concurrency) {
  std::lock_guard lock(mutex_);
  concurrency_ = concurrency;
  for (size_t i = 0; i < queue_.size(); ++i) start_thread_if_useful();
  wake_.notify_all();
}

void JobThreads::start_thread_if_useful() {
  const int wanted = std::min<int>(concurrency_, busy_ + static_cast<int>(queue_.size()));
  if (threads_ >= wanted) return;
  try {
    std::thread([this] { work(); }).detach();
  } catch (const std::system_error&) {
    if (threads_ == 0) throw;
    return;  // those there are will do
  }
  ++threads_;
}

// Whoever runs small models has the next run ready within microseconds, and waking a thread takes longer than that.
void JobThreads::watch_for_work(std::unique_lock<std::mutex>& lock, Length length) {
  constexpr int kBetweenLooksAtTheClock = 16;
  const auto end = std::chrono::steady_clock::now() + kWatch;
  ++watching_;
  lock.unlock();
  for (int i = 1; queued_ == 0; ++i) {
    pause_briefly();
    if (i % kBetweenLooksAtTheClock != 0) continue;
    if (std::chrono::steady_clock::now() > end) break;
    // Who makes brief jobs is at work already; else it may need this very processor.
    if (length != Length::brief) std::this_thread::yield();
  }
  lock = lock_briefly(mutex_);
  --watching_;
}

void JobThreads::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return !queue_.empty() && busy_ < concurrency_; });
    const Length length = queue_.front().length;
    const bool brief = length == Length::brief;
    {
      const RunningJob running;  // ends after the job, as what that owns may be freed by the libraries, too
      const Job job = std::move(queue_.front());
      spare_.splice(spare_.end(), queue_, queue_.begin());
      queued_ = queue_.size();
      ++busy_;
      busy_briefly_ += brief ? 1 : 0;
      lock.unlock();
      if (RunningJob::exiting()) pause_for_good();  // the libraries may have shut down
      job.run();
    }
    lock = lock_briefly(mutex_);
    busy_briefly_ -= brief ? 1 : 0;
    --busy_;  // and takes the next job itself: waking another for that would cost more than a short job does
    if (queue_.empty() && (watching_ == 0 || !brief)) watch_for_work(lock, length);
    // One thread is enough for what is brief: a second would only take the processor from who makes the work.
    if (brief && busy_briefly_ > 0 && !queue_.empty() && queue_.front().length == Length::brief) wake_.wait(lock);
  }
}

JobThreads& build_threads() {
  static auto* const threads = new JobThreads(1);
  return *threads;
}

JobThreads& utility_threads() {
  static auto* const threads = new JobThreads(2);
  return *threads;
}

JobThreads& run_threads() {
  static auto* const threads = new JobThreads(std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  return *threads;
}

}  // namespace enginery
