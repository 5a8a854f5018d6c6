// @no-feature a part by itself, over no device and no library
#include "core/shared_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "temporary_folder.h"

namespace enginery {
namespace {

namespace fs = std::filesystem;

using Bytes = std::vector<uint8_t>;

class SharedFileTest : public testing::Test {
 protected:
  // Under the lock, makes the file longer by a byte.
  Status append(uint8_t byte) {
    SharedFile file;
    Status status = file.lock_and_read(path_, never_);
    if (!status.ok()) return status;
    Bytes bytes = file.bytes();
    bytes.push_back(byte);
    return file.replace(bytes.data(), bytes.size());
  }

  Bytes content() const {
    Bytes bytes;
    EXPECT_TRUE(SharedFile::read(path_, bytes).ok());
    return bytes;
  }

  test::TemporaryFolder folder_;
  const std::string path_ = folder_.path / "shared";
  const std::atomic<bool> never_{false};
};

TEST_F(SharedFileTest, AMissingFileIsAnEmptyOne) {
  EXPECT_TRUE(content().empty());
  SharedFile file;
  ASSERT_TRUE(file.lock_and_read(path_, never_).ok());
  EXPECT_TRUE(file.bytes().empty());
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(SharedFileTest, IsReplacedAsAWhole) {
  std::ofstream(path_) << "long contents";
  std::ofstream(path_ + ".new") << "left behind by a process that was killed";
  SharedFile file;
  ASSERT_TRUE(file.lock_and_read(path_, never_).ok());
  EXPECT_EQ(file.bytes().size(), 13u);
  ASSERT_TRUE(file.replace("ab", 2).ok());
  EXPECT_EQ(content(), (Bytes{'a', 'b'}));
  EXPECT_FALSE(fs::exists(path_ + ".new"));
}

TEST_F(SharedFileTest, SeveralThreadsLoseNothing) {
  constexpr int kEach = 20;
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (uint8_t number = 0; number < 2; ++number) {
    threads.emplace_back([&, number] {
      for (int i = 0; i < kEach; ++i) failures += append(number).ok() ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  const Bytes bytes = content();
  EXPECT_EQ(std::count(bytes.begin(), bytes.end(), 0), kEach);
  EXPECT_EQ(std::count(bytes.begin(), bytes.end(), 1), kEach);
}

TEST_F(SharedFileTest, AWaitEndsWhenItIsCancelled) {
  SharedFile holder;
  ASSERT_TRUE(holder.lock_and_read(path_, never_).ok());
  std::atomic<bool> cancelled{false};
  Status status;
  std::thread waiting([&] {
    SharedFile file;
    status = file.lock_and_read(path_, cancelled);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));  // it waits by now; if it does not, all the same holds
  cancelled = true;
  waiting.join();  // for ever, if it did not end
  EXPECT_EQ(status.code, "CANCELLED");

  holder.unlock();
  EXPECT_TRUE(append(1).ok());
}

TEST_F(SharedFileTest, AFailureGivesTheLockBack) {
  fs::create_directory(path_);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(append(1).code, "ENGINERY_FILE_UNREADABLE");
  fs::remove(path_);
  EXPECT_TRUE(append(1).ok());
}

TEST_F(SharedFileTest, SaysWhichFolderCannotBeWritten) {
  SharedFile file;
  const std::string path = folder_.path / "missing" / "shared";
  const Status status = file.lock_and_read(path, never_);
  EXPECT_EQ(status.code, "ENGINERY_OUTPUT_UNWRITABLE");
  EXPECT_EQ(status.subject, path + ".lock");

  ASSERT_TRUE(file.lock_and_read(path_, never_).ok());
  fs::remove_all(folder_.path);
  EXPECT_EQ(file.replace("ab", 2).code, "ENGINERY_OUTPUT_UNWRITABLE");
}

}  // namespace
}  // namespace enginery
