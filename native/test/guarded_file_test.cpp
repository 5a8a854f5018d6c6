// @no-feature a part by itself, over no device and no library
#include "core/guarded_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "core/running_job.h"

namespace enginery {
namespace {

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
