// Threads of ours for work that takes long: never the JS thread, never libuv's pool.
//
// Owned by the process and leaked on purpose: a job may outlive the environment that asked for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>

namespace enginery {

class JobThreads {
 public:
  using Ticket = uint64_t;

  explicit JobThreads(int concurrency) : concurrency_(concurrency) {}
  JobThreads(const JobThreads&) = delete;
  JobThreads& operator=(const JobThreads&) = delete;

  // A brief job is over before another thread would be awake. Where a thread is at hand, or has a brief job too, none
  // is woken for it; the caller then sees to it that wake_for_waiting() is called soon, should that have been an error.
  enum class Length { any, brief };

  // Runs `job` on one of the threads, first come first served. The job must not throw. Throws std::system_error where
  // the system gives not even one thread; the job is then dropped.
  Ticket submit(std::function<void()> job, Length length = Length::any);

  // Wakes threads for jobs that wait.
  void wake_for_waiting();

  // Takes a job back that has not begun. False: it runs, or is over.
  bool withdraw(Ticket ticket);

  // Threads are made when there is work for them. Lowering the number lets running jobs end.
  void set_concurrency(int concurrency);

 private:
  struct Job {
    Ticket ticket;
    Length length;
    std::function<void()> run;
  };

  void start_thread_if_useful();  // with mutex_ held
  void work();
  void watch_for_work(std::unique_lock<std::mutex>& lock, Length length);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::list<Job> queue_;
  std::list<Job> spare_;           // elements of jobs that are over, to be used again
  std::atomic<size_t> queued_{0};  // the queue's length, to be seen without the lock
  Ticket next_ = 1;
  int concurrency_;
  int threads_ = 0;
  int busy_ = 0;
  size_t busy_briefly_ = 0;  // of those
  size_t watching_ = 0;      // one thread at most where jobs are brief: another could only take its work
};

// For builds: one at a time unless set_concurrency says otherwise, because a build takes memory and all of a core.
JobThreads& build_threads();

// For short blocking calls: opening libraries, reading versions, asking the driver.
JobThreads& utility_threads();

// For opening models and running them on the CPU, as many as the machine runs at once: a run takes one of them, and
// what more threads it uses are its session's own.
JobThreads& run_threads();

}  // namespace enginery
