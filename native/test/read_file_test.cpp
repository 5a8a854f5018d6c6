// @no-feature a part by itself, over no device and no library
#include "core/read_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "temporary_folder.h"

namespace enginery {
namespace {

class ReadFileTest : public testing::Test {
 protected:
  Status read() { return read_file(path_, bytes_); }

  test::TemporaryFolder folder_;
  const std::string path_ = folder_.path / "file";
  std::vector<uint8_t> bytes_{1, 2, 3};
};

TEST_F(ReadFileTest, GivesTheContents) {
  std::ofstream(path_) << "abc";
  ASSERT_TRUE(read().ok());
  EXPECT_EQ(bytes_, (std::vector<uint8_t>{'a', 'b', 'c'}));
  std::ofstream(path_).close();
  ASSERT_TRUE(read().ok());
  EXPECT_TRUE(bytes_.empty());
}

TEST_F(ReadFileTest, AMissingFileIsAnError) {
  const Status status = read();
  EXPECT_EQ(status.code, "ENGINERY_FILE_NOT_FOUND");
  EXPECT_EQ(status.system_error, ENOENT);
  EXPECT_EQ(status.message, path_ + " cannot be opened: No such file or directory");
  EXPECT_TRUE(bytes_.empty());
}

TEST_F(ReadFileTest, NeitherAFolderNorAPipeIsRead) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(read().code, "ENGINERY_FILE_UNREADABLE");
  EXPECT_EQ(read_file(folder_.path, bytes_).code, "ENGINERY_FILE_UNREADABLE");
}

}  // namespace
}  // namespace enginery
