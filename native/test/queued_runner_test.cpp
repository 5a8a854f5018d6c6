// Work that wants a session for itself, among its runs.
#include "core/queued_runner.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <string>

namespace enginery {
namespace {

using namespace std::chrono_literals;

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
    ASSERT_TRUE(changed_.wait_for(lock, 20s, [&] { return text_.find(what) != std::string::npos; })) << text_;
  }
  void open_gate() {
    std::lock_guard lock(mutex_);
    open_ = true;
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

class Slot final : public Execution {
 public:
  explicit Slot(Journal& journal) : journal_(journal) {}
  Status prepare() override { return {}; }
  Status execute(Run& run) override {
    journal_.note(static_cast<NamedRun&>(run).name);
    journal_.pass_gate();
    return {};
  }
  void stop() override {}
  bool reset() override { return true; }

 private:
  Journal& journal_;
};

class TestRunner final : public QueuedRunner {
 public:
  TestRunner(JobThreads& threads, Journal& journal, RunLimits limits)
      : QueuedRunner(threads, limits), journal_(journal) {}
  const std::vector<TensorSpec>& inputs() const override { return none_; }
  const std::vector<TensorSpec>& outputs() const override { return none_; }

 private:
  std::unique_ptr<Execution> make_execution() override { return std::make_unique<Slot>(journal_); }
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
  const std::vector<TensorSpec> none_;
};

class QueuedRunnerTest : public testing::Test {
 protected:
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
  std::shared_ptr<TestRunner> runner_ = std::make_shared<TestRunner>(threads_, journal_, RunLimits{2});
};

TEST_F(QueuedRunnerTest, WaitsForRunsUnderWayAndGoesBeforeThoseThatWait) {
  submit("a");
  journal_.wait_for("a ");
  EXPECT_TRUE(exclusively("first"));
  submit("b");  // there is a slot, and yet it waits
  EXPECT_TRUE(exclusively("second"));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(journal_.text(), "a ");
  journal_.open_gate();
  journal_.wait_for("b. ");
  EXPECT_EQ(journal_.text(), "a a. first(1) second(1) b b. ");
}

TEST_F(QueuedRunnerTest, HoldsRunsBackWhileItIsAtWork) {
  EXPECT_TRUE(exclusively("work"));
  journal_.wait_for("work(0)");
  submit("a");
  const auto cancelled = submit("b");
  runner_->cancel(*cancelled);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(journal_.text(), "work(0) b:CANCELLED ");
  journal_.open_gate();
  journal_.wait_for("a. ");
}

TEST_F(QueuedRunnerTest, EndsBeforeTheSessionIsClosed) {
  EXPECT_TRUE(exclusively("work"));
  journal_.wait_for("work(0)");
  runner_->close([this] { journal_.note("closed"); });
  EXPECT_FALSE(exclusively("late"));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(journal_.text(), "work(0) ");
  journal_.open_gate();
  journal_.wait_for("closed");
  EXPECT_EQ(journal_.text(), "work(0) released 0 closed ");
}

TEST_F(QueuedRunnerTest, LooksAfterAnExecutionWhileOtherRunsGoOnAndNewOnesWait) {
  runner_->upkeep = true;
  const auto first = submit("a");
  submit("b");
  journal_.wait_for("b ");
  journal_.open_gate();
  journal_.wait_for("upkeep");
  journal_.wait_for("a.");
  journal_.wait_for("b.");
  submit("c");
  EXPECT_TRUE(exclusively("work"));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(journal_.text().find("c "), std::string::npos);
  EXPECT_EQ(journal_.text().find("work"), std::string::npos);
  runner_->kept_back.open_gate();
  journal_.wait_for("c.");
  journal_.wait_for("work(2)");
  runner_->rest_kept_back.open_gate();
}

TEST_F(QueuedRunnerTest, IsNotClosedBeforeTheUpkeepIsOver) {
  runner_->upkeep = true;
  journal_.open_gate();
  submit("a");
  journal_.wait_for("upkeep");
  runner_->close([this] { journal_.note("closed"); });
  runner_->kept_back.open_gate();
  journal_.wait_for("rest");
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(journal_.text().find("released"), std::string::npos);
  runner_->rest_kept_back.open_gate();
  journal_.wait_for("released 1 closed");
}

}  // namespace
}  // namespace enginery
