// @module-tag emulator
// @module-tag kernels
// The file of compiled kernels: what sessions leave in it, when, and for whom it may cost nothing.
#include <set>

#include "core/file_lock.h"
#include "engine_fixture.h"

namespace enginery {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class EngineCacheTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    plan_ = build(test::identity_model(), {{0, "x", false, {0, 4}, {2, 4}, {64, 4}}});
  }

  std::shared_ptr<EngineRunner> open_with_cache(size_t at_once = 1, size_t waiting = SIZE_MAX) {
    EngineOptions options = this->options(plan_, at_once);
    options.limits.waiting = waiting;
    options.runtime_cache = file_;
    options.on_log = [this](const LogLine& line) {
      std::lock_guard lock(mutex_);
      log_ += line.message + "\n";
    };
    return open(options);
  }

  std::string take_log() {
    std::lock_guard lock(mutex_);
    return std::exchange(log_, {});
  }

  static ort::RunRequest request(int64_t count) { return {{rows(count)}, {"y"}, {}}; }

  // What a session that makes these runs has to say.
  std::string session(const std::vector<int64_t>& counts = {2}) {
    auto runner = open_with_cache();
    for (const int64_t count : counts) EXPECT_TRUE(run(*runner, request(count)).status.ok());
    close(runner);
    return take_log();
  }

  bool saved() const {
    return wait_for([this] { return fs::exists(file_) && !fs::exists(file_ + ".lock"); });
  }

  // The shapes that a new session has no kernels for.
  std::set<int64_t> missing(const std::vector<int64_t>& counts) {
    std::set<int64_t> missing;
    for (const int64_t count : counts) {
      const std::string kept = file_ + ".kept";
      fs::copy_file(file_, kept);
      if (session({count}).find("Compiled kernels") != std::string::npos) missing.insert(count);
      fs::rename(kept, file_);
    }
    return missing;
  }

  std::vector<uint8_t> plan_;
  const std::string file_ = folder_.path / "kernels";
  std::mutex mutex_;
  std::string log_;
};

using NoCacheTest = EngineCacheTest;
std::vector<Family> families(bool rtx) {
  std::vector<Family> some;
  for (const Family& family : kFamilies) {
    if ((std::string(family.name) == "rtx") == rtx) some.push_back(family);
  }
  return some;
}
INSTANTIATE_TEST_SUITE_P(Families, EngineCacheTest, testing::ValuesIn(families(true)), family_name);
INSTANTIATE_TEST_SUITE_P(Families, NoCacheTest, testing::ValuesIn(families(false)), family_name);

TEST_P(NoCacheTest, IsOfTensorRTRTXOnly) {
  session();
  EXPECT_FALSE(fs::exists(file_));
}

TEST_P(EngineCacheTest, KeepsCompiledKernelsInAFile) {
  EXPECT_NE(session().find("Compiled kernels"), std::string::npos);
  EXPECT_EQ(session().find("Compiled kernels"), std::string::npos);
  EXPECT_NE(session({3}).find("Compiled kernels"), std::string::npos);
  EXPECT_EQ(session({2, 3}).find("Compiled kernels"), std::string::npos) << "what was there stays";
  for (const auto& entry : fs::directory_iterator(folder_.path)) {
    EXPECT_EQ(entry.path().filename(), "kernels") << "nothing else is left";
  }
}

TEST_P(EngineCacheTest, IsSavedAfterTheFirstRunWhileTheSessionIsOpen) {
  auto runner = open_with_cache();
  EXPECT_TRUE(run(*runner, request(2)).status.ok());
  ASSERT_TRUE(saved());
  EXPECT_TRUE(run(*runner, request(3)).status.ok());
  take_log();
  EXPECT_EQ(missing({2, 3}), std::set<int64_t>{3});
  close(runner);
  EXPECT_TRUE(missing({2, 3}).empty()) << "what came later is saved at the end";
}

TEST_P(EngineCacheTest, HasWhatEachContextCompiled) {
  auto runner = open_with_cache(2);
  EXPECT_TRUE(run(*runner, request(2)).status.ok());
  ASSERT_TRUE(saved());
  emuSet("hang launch 1\ncalls on");
  auto first = ort::start(*runner, 1, request(3));
  ASSERT_TRUE(wait_for([] { return calls("launch") == 1; }));
  auto second = ort::start(*runner, 2, request(4));
  EXPECT_TRUE(second.get().status.ok());
  emuSet("reset");
  EXPECT_TRUE(first.get().status.ok());
  close(runner);
  take_log();
  EXPECT_TRUE(missing({2, 3, 4}).empty());
}

TEST_P(EngineCacheTest, SessionsAtOnceKeepEachOthersKernels) {
  const std::vector<int64_t> counts{2, 3, 4, 5};
  std::vector<std::shared_ptr<EngineRunner>> runners;
  for (size_t i = 0; i < counts.size(); ++i) runners.push_back(open_with_cache());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < counts.size(); ++i) {
    threads.emplace_back([&, i] {
      EXPECT_TRUE(run(*runners[i], request(counts[i])).status.ok());
      close(runners[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(take_log().find("cannot be written"), std::string::npos);
  EXPECT_TRUE(missing(counts).empty());
}

TEST_P(EngineCacheTest, WaitsForNobodyWhoKeepsItLocked) {
  FileLock lock;
  ASSERT_TRUE(FileLock::try_lock(file_ + ".lock", lock).ok());
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(session({2, 2, 3}).find("cannot be written"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
  EXPECT_FALSE(fs::exists(file_));
  lock = FileLock();
  session();
  EXPECT_TRUE(fs::exists(file_));
}

TEST_P(EngineCacheTest, NoRunIsRefusedWhileItIsSaved) {
  auto runner = open_with_cache(1, 0);
  emuSet("hang IRuntimeCache::serialize 1\ncalls on");
  EXPECT_TRUE(run(*runner, request(2)).status.ok()) << "nor does a run wait to be told that it is over";
  ASSERT_TRUE(wait_for([] { return calls("IRuntimeCache::serialize") == 1; }));
  auto second = ort::start(*runner, 2, request(2));
  EXPECT_EQ(run(*runner, request(2)).status.code, "ENGINERY_BUSY") << "as if it were under way";
  emuSet("reset");
  EXPECT_TRUE(second.get().status.ok());
  close(runner);
}

TEST_P(EngineCacheTest, ClosesAfterItIsSaved) {
  auto runner = open_with_cache();
  emuSet("hang IRuntimeCache::serialize 1\ncalls on");
  EXPECT_TRUE(run(*runner, request(2)).status.ok());
  ASSERT_TRUE(wait_for([] { return calls("IRuntimeCache::serialize") == 1; }));
  auto closed = ort::start_close(*runner);
  EXPECT_EQ(closed.wait_for(20ms), std::future_status::timeout) << "the context is in use";
  emuSet("reset");
  closed.get();
  EXPECT_TRUE(fs::exists(file_));
}

TEST_P(EngineCacheTest, ReplacesADamagedFile) {
  std::ofstream(file_) << "damaged";
  auto runner = open_with_cache();
  EXPECT_TRUE(run(*runner, request(2)).status.ok());
  EXPECT_NE(take_log().find("it is not used"), std::string::npos);
  EXPECT_TRUE(wait_for([this] { return fs::file_size(file_) > std::string("damaged").size(); }));
  close(runner);
  EXPECT_TRUE(missing({2}).empty());
}

TEST_P(EngineCacheTest, ReplacesAFileThatIsDamagedMeanwhile) {
  auto runner = open_with_cache();
  EXPECT_TRUE(run(*runner, request(2)).status.ok());
  ASSERT_TRUE(saved());
  std::ofstream(file_) << "damaged";
  EXPECT_TRUE(run(*runner, request(3)).status.ok());
  close(runner);
  take_log();
  EXPECT_TRUE(missing({2, 3}).empty());
}

TEST_P(EngineCacheTest, SaysOnceThatItCannotBeWritten) {
  fs::create_directory(file_);
  const std::string log = session({2, 3, 4});
  const size_t at = log.find("cannot be written");
  ASSERT_NE(at, std::string::npos) << log;
  EXPECT_EQ(log.find("cannot be written", at + 1), std::string::npos) << log;
}

}  // namespace
}  // namespace enginery
