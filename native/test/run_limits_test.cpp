// @module-tag cpu
// @module-tag sessions
// How many runs a session has under way, and what becomes of those that wait.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "ort_fixture.h"

namespace enginery::ort {
namespace {

using namespace std::chrono_literals;
using enginery::test::heavy_model;

class RunLimitsTest : public OrtTest {};

RunRequest long_run() { return {{square(256)}, {"y"}}; }
RunRequest short_run() { return {{square(8)}, {"y"}}; }

TEST_F(RunLimitsTest, RefusesAtOnceWhatTheQueueHasNoRoomFor) {
  const auto runner = open_or_fail(heavy_model(2000), {1, 1});
  auto first = start(*runner, 1, long_run());
  auto second = start(*runner, 2, long_run());
  auto third = start(*runner, 3, long_run());
  ASSERT_EQ(third.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(third.get().status.code, "ENGINERY_BUSY");
  cancel(*runner, 2);
  ASSERT_EQ(second.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(second.get().status.code, "CANCELLED");
  auto fourth = start(*runner, 4, short_run());  // there is room again
  EXPECT_EQ(fourth.wait_for(0s), std::future_status::timeout);
  cancel(*runner, 1);
  EXPECT_EQ(first.get().status.code, "CANCELLED");
  EXPECT_TRUE(fourth.get().status.ok());
}

TEST_F(RunLimitsTest, NoQueueAtAll) {
  const auto runner = open_or_fail(heavy_model(2000), {1, 0});
  auto first = start(*runner, 1, long_run());
  EXPECT_EQ(start(*runner, 2, short_run()).get().status.code, "ENGINERY_BUSY");
  cancel(*runner, 1);
  first.get();
  EXPECT_TRUE(start(*runner, 3, short_run()).get().status.ok());
}

// By the clock, as the next may well have ended before the end of the one before it is told.
TEST_F(RunLimitsTest, OneAfterTheOtherFirstComeFirstServed) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const auto now = [] { return Milliseconds(std::chrono::steady_clock::now().time_since_epoch()).count(); };
  const auto runner = open_or_fail(heavy_model(20), {1});
  struct Submitted {
    double after, before;
    std::future<RunResult> run;
  };
  std::vector<Submitted> all;
  for (RunId run = 1; run <= 10; ++run) {
    const double after = now();
    auto future = start(*runner, run, {{square(64)}, {"y"}});
    all.push_back({after, now(), std::move(future)});
  }
  double last = 0;
  for (Submitted& it : all) {
    const RunResult result = it.run.get();
    ASSERT_TRUE(result.status.ok()) << result.status.message;
    EXPECT_GE(it.before + result.queue_ms, last);
    last = it.after + result.queue_ms + result.compute_ms;
  }
}

TEST_F(RunLimitsTest, ClosingLetsThoseThatWaitRun) {
  const auto runner = open_or_fail(heavy_model(40), {1});
  std::vector<std::future<RunResult>> runs;
  for (RunId run = 1; run <= 5; ++run) runs.push_back(start(*runner, run, short_run()));
  auto closed = start_close(*runner);
  EXPECT_EQ(start(*runner, 6, short_run()).get().status.code, "ENGINERY_DISPOSED");
  closed.get();
  for (auto& run : runs) {
    ASSERT_EQ(run.wait_for(0s), std::future_status::ready);
    EXPECT_TRUE(run.get().status.ok());
  }
}

TEST_F(RunLimitsTest, ClosingWhileTheLastThatWaitsIsCancelled) {
  const auto runner = open_or_fail(heavy_model(2000), {1});
  auto first = start(*runner, 1, long_run());
  auto second = start(*runner, 2, long_run());
  auto closed = start_close(*runner);
  cancel(*runner, 2);
  EXPECT_EQ(closed.wait_for(0s), std::future_status::timeout);
  cancel(*runner, 1);
  closed.get();
  EXPECT_EQ(first.get().status.code, "CANCELLED");
  EXPECT_EQ(second.get().status.code, "CANCELLED");
}

TEST_F(RunLimitsTest, ManyThreadsCancelTheSameRuns) {
  for (int round = 0; round < 20; ++round) {
    const auto runner = open_or_fail(heavy_model(40), {2, 8});
    std::atomic<int> settled = 0;
    for (RunId run = 1; run <= 16; ++run) {
      submit(*runner, run, {{square(32)}, {"y"}}, [&](RunResult) { ++settled; });
    }
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        for (RunId run = 16; run > 0; --run) cancel(*runner, run);
      });
    }
    for (auto& thread : threads) thread.join();
    start_close(*runner).get();
    EXPECT_EQ(settled, 16);
  }
}

}  // namespace
}  // namespace enginery::ort
