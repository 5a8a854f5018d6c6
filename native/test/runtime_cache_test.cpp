// @no-feature a part by itself, over no device and no library
// When kernels are added to their file, and what becomes of those that others put there.
#include "core/runtime_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "core/shared_file.h"
#include "temporary_folder.h"

namespace enginery {
namespace {

using namespace std::chrono_literals;
using Bytes = RuntimeCache::Bytes;

Bytes bytes(const std::string& text) { return {text.begin(), text.end()}; }

// A cache is a set of letters. Others are damaged.
bool merge(const Bytes& one, const Bytes& other, Bytes& both) {
  const auto damaged = [](uint8_t byte) { return byte < 'a' || byte > 'z'; };
  if (std::any_of(one.begin(), one.end(), damaged) || std::any_of(other.begin(), other.end(), damaged)) return false;
  std::set<uint8_t> letters(one.begin(), one.end());
  letters.insert(other.begin(), other.end());
  both.assign(letters.begin(), letters.end());
  return true;
}

class RuntimeCacheTest : public testing::Test {
 protected:
  std::string content() const {
    Bytes bytes;
    EXPECT_TRUE(SharedFile::read(path_, bytes).ok());
    return {bytes.begin(), bytes.end()};
  }

  test::TemporaryFolder folder_;
  const std::string path_ = folder_.path / "kernels";
};

TEST_F(RuntimeCacheTest, IsDueAfterTheFirstRunThenEverMoreSeldom) {
  RuntimeCache cache(path_);
  const RuntimeCache::Clock::time_point start{};
  std::vector<int> due;
  for (int second = 0; second < 1000; ++second) {
    if (cache.due(start + std::chrono::seconds(second))) due.push_back(second);
  }
  EXPECT_EQ(due, (std::vector<int>{0, 30, 90, 210, 450, 930}));
  EXPECT_FALSE(RuntimeCache("").due(start));
}

TEST_F(RuntimeCacheTest, AddsToWhatOthersHaveAdded) {
  RuntimeCache cache(path_);
  RuntimeCache other(path_);
  EXPECT_TRUE(cache.add({bytes("a"), bytes("b")}, merge).ok());
  EXPECT_EQ(content(), "ab");
  EXPECT_TRUE(other.add({bytes("c")}, merge).ok());
  EXPECT_EQ(content(), "abc");
  EXPECT_TRUE(cache.add({bytes("d"), bytes("")}, merge).ok());
  EXPECT_EQ(content(), "abcd");
  EXPECT_EQ(*cache.known(), bytes("abcd")) << "new contexts start from it";
}

TEST_F(RuntimeCacheTest, WritesNothingWhereThereIsNothingNew) {
  std::ofstream(path_) << "ab";
  RuntimeCache cache(path_);
  std::filesystem::remove(path_);
  EXPECT_TRUE(cache.add({bytes("a"), bytes("b")}, merge).ok());
  EXPECT_TRUE(cache.add({{}}, merge).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(RuntimeCacheTest, ReplacesWhatIsDamaged) {
  std::ofstream(path_) << "?!?!?!";
  EXPECT_TRUE(RuntimeCache(path_).add({bytes("a")}, merge).ok());
  EXPECT_EQ(content(), "a");
}

TEST_F(RuntimeCacheTest, KeepsWhatHoldsMoreWhereTensorRTOnlyReplaces) {
  const auto last = [](const Bytes&, const Bytes& other, Bytes& both) {
    both = other;
    return true;
  };
  RuntimeCache cache(path_);
  std::ofstream(path_) << "a";
  EXPECT_TRUE(cache.add({bytes("bcd"), bytes("e")}, last).ok());
  EXPECT_EQ(content(), "bcd");
  std::ofstream(path_) << "efghi";
  EXPECT_TRUE(cache.add({bytes("bcdx")}, last).ok());
  EXPECT_EQ(content(), "efghi");
}

}  // namespace
}  // namespace enginery
