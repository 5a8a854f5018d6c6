// @no-feature a part by itself, over no device and no library
#include "core/running_job.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

namespace enginery {
namespace {

// What a vendor's static object would do under a thread that still uses it.
struct Destructible {
  ~Destructible() { abort(); }
};

TEST(RunningJobDeathTest, ExitKeepsItsStatusAndRemovesUnfinishedFiles) {
  std::string file = std::filesystem::temp_directory_path() / "enginery-unfinished-XXXXXX";
  ASSERT_GE(mkstemp(file.data()), 0);
  EXPECT_EXIT(
      {
        static Destructible vendor;
        RunningJob::prepare_for_exit();
        const RunningJob job(file);
        exit(7);
      },
      testing::ExitedWithCode(7), "");
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(RunningJobDeathTest, ExitIsOrdinaryWithoutJobs) {
  EXPECT_EXIT(
      {
        std::atexit([] { _exit(3); });
        RunningJob::prepare_for_exit();
        { const RunningJob job; }
        exit(7);
      },
      testing::ExitedWithCode(3), "");
}

TEST(RunningJobDeathTest, LaterOnesSeeThatTheProcessExits) {
  EXPECT_EXIT(
      {
        std::atexit([] { _exit(RunningJob::exiting() ? 3 : 4); });
        RunningJob::prepare_for_exit();
        if (!RunningJob::exiting()) exit(7);
      },
      testing::ExitedWithCode(3), "");
}

TEST(GuardedFile, GoesWithItsGuard) {
  std::string path = std::filesystem::temp_directory_path() / "enginery-guarded-XXXXXX";
  ASSERT_GE(mkstemp(path.data()), 0);
  {
    const GuardedFile file(path);
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(GuardedFileDeathTest, GoesWithTheProcess) {
  std::string path = std::filesystem::temp_directory_path() / "enginery-guarded-XXXXXX";
  ASSERT_GE(mkstemp(path.data()), 0);
  EXPECT_EXIT(
      {
        RunningJob::prepare_for_exit();
        const GuardedFile file(path);
        exit(7);
      },
      testing::ExitedWithCode(7), "");
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace enginery
