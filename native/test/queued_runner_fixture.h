// A queue of runs whose slots take of a memory that is counted.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <string>
#include <utility>

#include "core/queued_runner.h"

namespace enginery {

// What happened, in order; and a gate that holds back what comes to it.
class Journal {
 public:
  void note(const std::string& what) {
    std::lock_guard lock(mutex_);
    text_ += what + " ";
    changed_.notify_all();
  }
  std::string text() {
    std::lock_guard lock(mutex_);
    return text_;
  }
  void wait_for(const std::string& what) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), [&] {
      return text_.find(what) != std::string::npos;
    })) << text_;
  }
  void open_gate(bool open = true) {
    std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  void pass_gate() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  bool open_ = false;
};

struct NamedRun final : Run {
  NamedRun(std::string name, Journal& journal) : name(std::move(name)), journal(journal) {}
  void ended() override { journal.note(name + (status.ok() ? "." : ":" + status.code)); }

  const std::string name;
  Journal& journal;
};

// How much there is, in any unit: of it a slot takes one, and another for a run whose name is in capitals.
struct Memory {
  std::atomic<int> left{1000};
  std::atomic<int> refused{0};

  Status take(int units) {
    if ((left -= units) >= 0) return {};
    left += units;
    ++refused;
    return Status::failed("ENGINERY_DEVICE_MEMORY", "There is no more.");
  }
};

class Slot final : public Execution {
 public:
  Slot(Journal& journal, Memory& memory) : journal_(journal), memory_(memory) {}
  ~Slot() override { memory_.left += taken_; }
  Status prepare() override { return take(1); }
  Status execute(Run& run) override {
    const std::string& name = static_cast<NamedRun&>(run).name;
    const Status status = name[0] < 'a' && taken_ < 2 ? take(1) : Status();
    broken_ = !status.ok();
    if (broken_) return status;
    journal_.note(name);
    if (name[0] == 'a') journal_.pass_gate();
    return {};
  }
  void stop() override {}
  bool reset() override { return !broken_; }

 private:
  Status take(int units) {
    Status status = memory_.take(units);
    if (status.ok()) taken_ += units;
    return status;
  }

  Journal& journal_;
  Memory& memory_;
  int taken_ = 0;
  bool broken_ = false;
};

class TestRunner final : public QueuedRunner {
 public:
  TestRunner(JobThreads& threads, Journal& journal, Memory& memory, RunLimits limits)
      : QueuedRunner(threads, limits), journal_(journal), memory_(memory) {}
  const std::vector<TensorSpec>& inputs() const override { return none_; }
  const std::vector<TensorSpec>& outputs() const override { return none_; }

 private:
  std::unique_ptr<Execution> make_execution() override { return std::make_unique<Slot>(journal_, memory_); }
  void release(Idle idle) override { journal_.note("released " + std::to_string(idle.size())); }
  bool upkeep_due(std::chrono::steady_clock::time_point) override { return std::exchange(upkeep, false); }
  std::function<void()> look_after(Execution&) override {
    journal_.note("upkeep");
    kept_back.pass_gate();
    return [this] {
      journal_.note("rest");
      rest_kept_back.pass_gate();
    };
  }

 public:
  bool upkeep = false;  // after the next run
  Journal kept_back, rest_kept_back;

 private:
  Journal& journal_;
  Memory& memory_;
  const std::vector<TensorSpec> none_;
};

class QueuedRunnerTest : public testing::Test {
 protected:
  void open(RunLimits limits) { runner_ = std::make_shared<TestRunner>(threads_, journal_, memory_, limits); }
  std::shared_ptr<enginery::Run> submit(const std::string& name) {
    const auto run = std::make_shared<NamedRun>(name, journal_);
    runner_->submit(run);
    return run;
  }
  bool exclusively(const std::string& name) {
    return runner_->exclusively([this, name](const QueuedRunner::Idle& idle) {
      journal_.note(name + "(" + std::to_string(idle.size()) + ")");
      journal_.pass_gate();
    });
  }
  void TearDown() override {
    for (Journal* journal : {&journal_, &runner_->kept_back, &runner_->rest_kept_back}) journal->open_gate();
    std::promise<void> closed;
    runner_->close([&] { closed.set_value(); });
    closed.get_future().wait();
  }

  // Outlives the test, as its threads do.
  JobThreads& threads_ = *new JobThreads(4);
  Journal journal_;
  Memory memory_;
  std::shared_ptr<TestRunner> runner_ = std::make_shared<TestRunner>(threads_, journal_, memory_, RunLimits{2});
};

}  // namespace enginery
