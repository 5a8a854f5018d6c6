// @no-feature a part by itself, over no device and no library
#include "core/file_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

namespace enginery {
namespace {

class FileLockTest : public testing::Test {
 protected:
  void SetUp() override { path_ = testing::TempDir() + "enginery-lock-" + std::to_string(getpid()); }
  void TearDown() override { std::filesystem::remove(path_); }

  bool is_free() const {
    FileLock lock;
    EXPECT_TRUE(FileLock::try_lock(path_, lock).ok());
    return lock.held();
  }

  std::string path_;
};

TEST_F(FileLockTest, HasOneHolder) {
  {
    FileLock lock;
    ASSERT_TRUE(FileLock::try_lock(path_, lock).ok());
    EXPECT_TRUE(lock.held());
    EXPECT_FALSE(is_free());
    const FileLock moved(std::move(lock));
    EXPECT_FALSE(is_free());
  }
  EXPECT_TRUE(is_free());
}

TEST_F(FileLockTest, GoesOnAfterItsHolderRemovedTheFile) {
  FileLock lock;
  ASSERT_TRUE(FileLock::try_lock(path_, lock).ok());
  std::filesystem::remove(path_);
  EXPECT_TRUE(is_free());  // another file by now
}

TEST_F(FileLockTest, EndsWithAProcessThatIsKilled) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    FileLock lock;
    const bool fine = FileLock::try_lock(path_, lock).ok() && lock.held();
    [[maybe_unused]] const auto written = write(ready[1], fine ? "y" : "n", 1);
    pause();
    _exit(1);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_FALSE(is_free());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(is_free());
}

TEST_F(FileLockTest, SaysWhyItCannotBeTaken) {
  FileLock lock;
  const Status status = FileLock::try_lock("/nowhere/lock", lock);
  EXPECT_EQ(status.code, "ENGINERY_OUTPUT_UNWRITABLE");
  EXPECT_NE(status.message.find("/nowhere/lock cannot be opened"), std::string::npos);
}

}  // namespace
}  // namespace enginery
