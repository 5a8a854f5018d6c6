// @no-feature a part by itself, over no device and no library
// Work that wants a session for itself, among its runs; and upkeep.
#include "queued_runner_fixture.h"

namespace enginery {
namespace {

using namespace std::chrono_literals;

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
  std::string text = journal_.text();
  const size_t reported = text.find("a. ");  // after the run, on its thread, whatever begins meanwhile
  ASSERT_NE(reported, std::string::npos) << text;
  EXPECT_EQ(text.erase(reported, 3), "a first(1) second(1) b b. ");
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
