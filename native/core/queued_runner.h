// A runner's queue: which runs are under way, which wait, and what becomes of them when it closes. What a run does is
// its subclass's business.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "core/job_threads.h"
#include "core/runner.h"

namespace enginery {

// What a run needs while it is under way; used for one at a time, and for the next again.
class Execution {
 public:
  virtual ~Execution() = default;

  // Before the first run, on the thread of that run.
  virtual Status prepare() = 0;

  // Fills in the run's results. Blocks.
  virtual Status execute(Run& run) = 0;

  // From another thread, also before execute() and after: it is to fail at the next chance.
  virtual void stop() = 0;

  // Makes it ready for another run; false where there can be none any more. stop() is not called meanwhile.
  virtual bool reset() = 0;
};

class QueuedRunner : public Runner, public std::enable_shared_from_this<QueuedRunner> {
 public:
  using Idle = std::vector<std::unique_ptr<Execution>>;
  // `idle`: what the runs have used.
  using Exclusive = std::function<void(const Idle& idle)>;

  RunQueue queue() const override;
  void submit(std::shared_ptr<Run> run) override;
  void wake_for_waiting() override { threads_.wake_for_waiting(); }
  void cancel(Run& run) override;
  void close(std::function<void()> done) override;

  // Has `work`, which must not throw, done on a thread of ours while no run is under way: before the runs that wait,
  // which go on after it. False where the session is closed.
  bool exclusively(Exclusive work);

 protected:
  // `threads` run the runs, and free the model.
  QueuedRunner(JobThreads& threads, RunLimits limits) : threads_(threads), limits_(limits), slots_(limits.at_once) {}

  virtual std::unique_ptr<Execution> make_execution() = 0;

  // The last run is over: frees the model. `idle`: what the runs have used.
  virtual void release(Idle idle) = 0;

  // Whether an execution whose run went well is to be looked after now. Asked after each run, by one at a time: quick.
  virtual bool upkeep_due(std::chrono::steady_clock::time_point) { return false; }

  // Does what needs the execution for itself. Runs that come meanwhile wait, those under way go on. Gives what is left
  // to do without it, beside the runs. The model is freed after both.
  virtual std::function<void()> look_after(Execution&) { return {}; }

 private:
  using Clock = std::chrono::steady_clock;

  Status admit(std::shared_ptr<Run> run);  // with mutex_ held
  void start(QueuedRun& queued);           // with mutex_ held; throws where there is no thread to be had
  void begin(QueuedRun& queued);           // with mutex_ held
  void start_waiting();                    // with mutex_ held
  void work(Run& first);
  void execute(Run& run, std::unique_ptr<Execution>& execution, Clock::time_point started);
  Status take_execution(Run& run, std::unique_ptr<Execution>& execution, Clock::time_point started);
  bool put_back(Run& run, std::unique_ptr<Execution>& execution);
  void lower_slots();        // with mutex_ held
  void raise_slots_again();  // with mutex_ held
  Run* finish(Run& run, std::unique_ptr<Execution>& execution, Clock::time_point now, bool may_go_on);
  void release_if_idle();  // with mutex_ held
  bool has_slot() const;   // with mutex_ held
  bool is_full() const;    // with mutex_ held
  void start_exclusive();  // with mutex_ held
  void work_exclusively();
  void start_upkeep();  // with mutex_ held
  void work_upkeep();

  JobThreads& threads_;
  const RunLimits limits_;

  mutable std::mutex mutex_;
  size_t slots_;  // limits_.at_once, or fewer where memory was too little for so many
  size_t ended_with_fewer_ = 0;
  uint64_t begun_ = 0;  // how many runs
  std::list<QueuedRun> waiting_;
  std::list<QueuedRun> under_way_;   // those whose job waits for a thread included
  std::deque<Exclusive> exclusive_;  // the first may be at work
  bool exclusive_at_work_ = false;
  Idle idle_;
  std::unique_ptr<Execution> tended_;  // under upkeep
  // Runs that are over, and whose ended() has not returned; upkeep that goes on without its execution.
  std::atomic<size_t> reporting_{0};
  std::atomic<bool> closing_{false};
  std::vector<std::function<void()>> when_closed_;
};

}  // namespace enginery
