// @no-feature a part by itself, over no device and no library
#include "core/plan_file.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "temporary_folder.h"

namespace enginery {
namespace {

namespace fs = std::filesystem;

class PlanFileTest : public testing::Test {
 protected:
  std::string content() const {
    std::ifstream stream(path_);
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
  }

  const test::TemporaryFolder folder_;
  const fs::path path_ = folder_.path / "a.engine";
};

TEST_F(PlanFileTest, KeepsWhatWasCommitted) {
  {
    PlanFile file;
    ASSERT_TRUE(file.create(path_).ok());
    EXPECT_TRUE(file.write("ab", 2));
    EXPECT_TRUE(file.write("", 0));
    EXPECT_TRUE(file.write("cde", 3));
    EXPECT_TRUE(file.commit().ok());
    EXPECT_EQ(file.size(), 5);
  }
  EXPECT_EQ(content(), "abcde");
}

TEST_F(PlanFileTest, LeavesNothingOtherwise) {
  {
    PlanFile file;
    ASSERT_TRUE(file.create(path_).ok());
    file.write("ab", 2);
  }
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(PlanFileTest, NeverTouchesAFileThatIsThere) {
  std::ofstream(path_) << "old";
  {
    PlanFile file;
    const Status status = file.create(path_);
    EXPECT_EQ(status.code, "ENGINERY_OUTPUT_UNWRITABLE");
    EXPECT_EQ(status.system_error, EEXIST);
    EXPECT_NE(status.message.find(path_.string()), std::string::npos);
  }
  EXPECT_EQ(content(), "old");
}

TEST_F(PlanFileTest, SaysWhereItCannotBeCreated) {
  PlanFile file;
  const Status status = file.create(folder_.path / "missing" / "a.engine");
  EXPECT_EQ(status.code, "ENGINERY_OUTPUT_UNWRITABLE");
  EXPECT_EQ(status.system_error, ENOENT);
}

}  // namespace
}  // namespace enginery
