// @no-feature a part by itself, over no device and no library
#include "core/job_threads.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <system_error>
#include <thread>
#include <vector>

#include "core/running_job.h"

namespace enginery {
namespace {

using namespace std::chrono_literals;

// Their threads never end, so neither may they.
JobThreads& leaked(int concurrency) { return *new JobThreads(concurrency); }

TEST(JobThreads, RunsInOrderOneAtATime) {
  JobThreads& threads = leaked(1);
  std::vector<int> order;
  std::promise<void> last;
  for (int i = 0; i < 100; ++i) {
    threads.submit([&, i] {
      order.push_back(i);
      if (i == 99) last.set_value();
    });
  }
  ASSERT_EQ(last.get_future().wait_for(10s), std::future_status::ready);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

TEST(JobThreads, WithdrawsWhatHasNotBegun) {
  JobThreads& threads = leaked(1);
  std::promise<void> begun, go_on, done;
  std::atomic<bool> ran{false};
  const auto running = threads.submit([&] {
    begun.set_value();
    go_on.get_future().wait();
  });
  const auto waiting = threads.submit([&] { ran = true; });
  begun.get_future().wait();
  EXPECT_FALSE(threads.withdraw(running));
  EXPECT_TRUE(threads.withdraw(waiting));
  EXPECT_FALSE(threads.withdraw(waiting));
  threads.submit([&] { done.set_value(); });
  go_on.set_value();
  ASSERT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_FALSE(ran);
}

TEST(JobThreads, RunsAsManyAsAllowed) {
  JobThreads& threads = leaked(1);
  threads.set_concurrency(3);
  std::atomic<int> running{0};
  std::promise<void> three, go_on;
  const auto gate = go_on.get_future().share();
  std::atomic<int> left{5};
  std::promise<void> all;
  for (int i = 0; i < 5; ++i) {
    threads.submit([&, gate] {
      if (++running == 3) three.set_value();
      gate.wait();
      if (--left == 0) all.set_value();
    });
  }
  ASSERT_EQ(three.get_future().wait_for(10s), std::future_status::ready);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(running, 3);
  go_on.set_value();
  ASSERT_EQ(all.get_future().wait_for(10s), std::future_status::ready);
}

// While alive, threads ask for a stack that no machine has.
class NoMoreThreads {
 public:
  NoMoreThreads() {
    pthread_getattr_default_np(&usual_);
    pthread_attr_t huge = usual_;
    pthread_attr_setstacksize(&huge, size_t{1} << 60);
    pthread_setattr_default_np(&huge);
  }
  ~NoMoreThreads() { pthread_setattr_default_np(&usual_); }

 private:
  pthread_attr_t usual_;
};

TEST(JobThreads, ThrowsWhereNoThreadCanBeMade) {
  JobThreads& threads = leaked(2);
  std::atomic<bool> ran{false};
  {
    const NoMoreThreads none;
    EXPECT_THROW(threads.submit([&] { ran = true; }), std::system_error);
  }
  std::promise<void> done;
  threads.submit([&] { done.set_value(); });
  ASSERT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_FALSE(ran);
}

TEST(JobThreads, MakesDoWithTheThreadsThereAre) {
  JobThreads& threads = leaked(2);
  std::promise<void> go_on, first, second;
  threads.submit([&] {
    go_on.get_future().wait();
    first.set_value();
  });
  {
    const NoMoreThreads none;
    EXPECT_NO_THROW(threads.submit([&] { second.set_value(); }));
    EXPECT_NO_THROW(threads.set_concurrency(3));
  }
  go_on.set_value();
  ASSERT_EQ(first.get_future().wait_for(10s), std::future_status::ready);
  ASSERT_EQ(second.get_future().wait_for(10s), std::future_status::ready);
}

// The libraries that a job would call may have shut down.
TEST(JobThreadsDeathTest, BeginsNothingInAProcessThatExits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        static JobThreads& threads = leaked(1);
        std::atexit([] {
          threads.submit([] { _exit(5); });
          while (!RunningJob::any()) std::this_thread::yield();
          std::this_thread::sleep_for(200ms);
          _exit(3);
        });
        RunningJob::prepare_for_exit();
        exit(7);
      },
      testing::ExitedWithCode(3), "");
}

// What a job holds the last of may be freed by those libraries.
TEST(JobThreadsDeathTest, AJobRunsUntilWhatItOwnsIsGone) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        static std::promise<void> ending;
        struct Slow {
          ~Slow() {
            ending.set_value();
            std::this_thread::sleep_for(10s);
          }
        };
        std::atexit([] { _exit(5); });
        RunningJob::prepare_for_exit();
        leaked(1).submit([owned = std::make_shared<Slow>()] {});
        ending.get_future().wait();
        exit(7);
      },
      testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace enginery
