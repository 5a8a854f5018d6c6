// @module-tag tensorrt
// @module-tag build
// The bridge against the real TensorRT-RTX.
#include "core/engine_build.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "core/library_info.h"
#include "onnx_model.h"
#include "temporary_folder.h"
#include "tensorrt_rtx.h"

namespace enginery {
namespace {

namespace fs = std::filesystem;

class EngineBuildTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto tensorrt = test::tensorrt_rtx();
    if (!tensorrt) GTEST_SKIP() << "ENGINERY_TENSORRT_RTX_LIBRARY is not set";
    request_.library = tensorrt->library;
    request_.parser = tensorrt->parser;
    request_.model_bytes = test::identity_model();
    request_.output = folder_ / "plan";
    request_.profiles = 1;
    request_.progress = true;
    request_.ranges = {{0, "x", false, {1, 4}, {2, 4}, {8, 4}}};
  }

  Status run(BuildResult& result) {
    const BuildObserver observer{[this](const BuildProgress& progress) {
                                   std::lock_guard lock(mutex_);
                                   progress_.push_back(progress);
                                   if (throw_at_first_step_ && progress.event == BuildProgress::Event::step)
                                     throw std::runtime_error("planned");
                                   if (cancel_at_first_step_ && progress.event == BuildProgress::Event::step)
                                     cancelled_ = true;
                                 },
                                 [](const LogLine&) {}};
    return build_engine(request_, observer, cancelled_, result);
  }
  Status run() {
    BuildResult result;
    return run(result);
  }

  const test::TemporaryFolder temporary_;
  const fs::path& folder_ = temporary_.path;
  BuildRequest request_;
  std::atomic<bool> cancelled_{false};
  bool cancel_at_first_step_ = false;
  bool throw_at_first_step_ = false;
  std::mutex mutex_;
  std::vector<BuildProgress> progress_;
};

TEST_F(EngineBuildTest, BuildsAndTellsWhatIsInside) {
  BuildResult result;
  const Status status = run(result);
  ASSERT_TRUE(status.ok()) << status.message;
  EXPECT_EQ(static_cast<uintmax_t>(result.bytes), fs::file_size(request_.output));
  ASSERT_EQ(result.tensors.size(), 2u);
  EXPECT_EQ(result.tensors[0].name, "x");
  EXPECT_EQ(result.tensors[0].type, "float32");
  EXPECT_EQ(result.tensors[0].dims, (std::vector<int64_t>{-1, 4}));
  EXPECT_TRUE(result.tensors[1].output);
  ASSERT_FALSE(progress_.empty());
  EXPECT_EQ(progress_.front().event, BuildProgress::Event::start);
}

TEST_F(EngineBuildTest, RefusesByName) {
  request_.settings = {{"memory.workspace", "", 1 << 20}, {"noSuchSetting", "", 1}};
  const Status status = run();
  EXPECT_EQ(status.code, "ENGINERY_OPTION_REFUSED");
  EXPECT_EQ(status.subject, "noSuchSetting");
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(EngineBuildTest, RefusesAProfileThatDoesNotFit) {
  request_.ranges[0].max = {8, 5};
  const Status status = run();
  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(status.log.empty());
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(EngineBuildTest, GivesTheParsersErrors) {
  request_.model_bytes = test::model({test::node("NoSuchOperator", {"x"}, {"y"})}, {test::tensor_value("x", 1, {"4"})},
                                     {test::tensor_value("y", 1, {"4"})});
  const Status status = run();
  EXPECT_EQ(status.code, "ENGINERY_PARSE_FAILED");
  ASSERT_FALSE(status.parser_errors.empty());
  EXPECT_EQ(status.parser_errors[0].op, "NoSuchOperator");
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(EngineBuildTest, SurvivesBytesThatAreNoModel) {
  request_.model_bytes = {0xff, 0xff, 0xff};
  EXPECT_EQ(run().code, "ENGINERY_PARSE_FAILED");
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(EngineBuildTest, StopsAtTheNextStep) {
  cancel_at_first_step_ = true;
  EXPECT_EQ(run().code, "CANCELLED");
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(EngineBuildTest, AnObserverThatThrowsEndsTheBuild) {
  throw_at_first_step_ = true;
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_TRUE(fs::is_empty(folder_));
  EXPECT_EQ(progress_.back().event, BuildProgress::Event::finish);
}

TEST_F(EngineBuildTest, SaysWhatCannotBeOpened) {
  request_.library = folder_ / "libtensorrt_rtx.so.1";
  const Status status = run();
  EXPECT_EQ(status.code, "ENGINERY_LIBRARY_UNUSABLE");
  EXPECT_EQ(status.subject, request_.library);
}

TEST_F(EngineBuildTest, SaysWhyATimingCacheCannotBeRead) {
  request_.timing_cache = folder_ / "timing.cache";
  fs::create_directory(request_.timing_cache);
  const Status status = run();
  EXPECT_EQ(status.code, "ENGINERY_FILE_UNREADABLE");
  EXPECT_EQ(status.message, "timing cache: " + request_.timing_cache + " is no regular file");
  EXPECT_FALSE(fs::exists(request_.output));
}

TEST_F(EngineBuildTest, BuildsInSeveralThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      BuildRequest request = request_;
      request.output += std::to_string(i);
      BuildResult result;
      const BuildObserver observer{[](const BuildProgress&) {}, [](const LogLine&) {}};
      if (build_engine(request, observer, cancelled_, result).ok()) ++good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 4);
}

TEST(LibraryInfo, RefusesWhatIsNoneOfOurs) {
  LibraryInfo info;
  EXPECT_EQ(describe_library("libm.so.6", info).code, "ENGINERY_LIBRARY_UNUSABLE");
  EXPECT_EQ(describe_library("/etc/hostname", info).code, "ENGINERY_LIBRARY_UNUSABLE");
  EXPECT_EQ(describe_library("/nowhere/libtensorrt_rtx.so.1", info).code, "ENGINERY_LIBRARY_UNUSABLE");
}

}  // namespace
}  // namespace enginery
