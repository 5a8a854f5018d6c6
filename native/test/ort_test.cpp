// @module-tag cpu
// @module-tag sessions
// @module-tag numbers
// native/ort against the real library, named by ENGINERY_ONNXRUNTIME_LIBRARY.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ort_fixture.h"

namespace enginery::ort {
namespace {

using namespace std::chrono_literals;
using enginery::test::heavy_model;
using enginery::test::identity_model;
using enginery::test::model;
using enginery::test::node;
using enginery::test::tensor_value;

TEST_F(OrtTest, DescribesNamesTypesAndSymbols) {
  const auto runner = open_or_fail(identity_model());
  ASSERT_EQ(runner->inputs().size(), 1u);
  const TensorSpec& spec = runner->inputs()[0];
  EXPECT_EQ(spec.name, "x");
  EXPECT_EQ(spec.type, "float32");
  EXPECT_EQ(spec.dims, (std::vector<int64_t>{-1, 4}));
  EXPECT_EQ(spec.symbols, (std::vector<std::string>{"batch", ""}));
  EXPECT_EQ(runner->outputs()[0].name, "y");
}

TEST_F(OrtTest, RunsAndResultsOutliveTheSession) {
  auto runner = open_or_fail(identity_model());
  RunResult result = start(*runner, 1, {{floats("x", {1, 4}, {1, 2, 3, 4})}, {"y"}}).get();
  ASSERT_TRUE(result.status.ok()) << result.status.message;
  start_close(*runner).get();
  runner.reset();
  EXPECT_EQ(values_of(result.outputs[0]), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(result.outputs[0].dims, (std::vector<int64_t>{1, 4}));
}

TEST_F(OrtTest, AnInputPassedThroughKeepsItsMemory) {
  const auto runner = open_or_fail(model({node("Identity", {"x"}, {"y"})}, {tensor_value("x", 1, {"n"})},
                                         {tensor_value("x", 1, {"n"}), tensor_value("y", 1, {"n"})}));
  RunResult result = start(*runner, 1, {{floats("x", {3}, {1, 2, 3})}, {"x", "y"}}).get();
  ASSERT_TRUE(result.status.ok()) << result.status.message;
  EXPECT_EQ(values_of(result.outputs[0]), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(values_of(result.outputs[1]), (std::vector<float>{1, 2, 3}));
}

TEST_F(OrtTest, EmptyTensors) {
  const auto runner = open_or_fail(identity_model());
  RunResult result = start(*runner, 1, {{floats("x", {0, 4}, {})}, {"y"}}).get();
  ASSERT_TRUE(result.status.ok()) << result.status.message;
  EXPECT_EQ(result.outputs[0].bytes, 0u);
  EXPECT_EQ(result.outputs[0].dims, (std::vector<int64_t>{0, 4}));
}

TEST_F(OrtTest, StringsKeepTheirZeroBytes) {
  const auto runner = open_or_fail(identity_model(8));
  NamedTensor feed{"x", {}};
  feed.tensor.type = ElementType::string;
  feed.tensor.dims = {1, 4};
  feed.tensor.strings = {"", "one", std::string("a\0b", 3), "größer"};
  const auto expected = feed.tensor.strings;
  RunResult result = start(*runner, 1, {{feed}, {"y"}}).get();
  ASSERT_TRUE(result.status.ok()) << result.status.message;
  EXPECT_EQ(result.outputs[0].strings, expected);
}

TEST_F(OrtTest, ErrorsCarryTheLibrarysMessage) {
  std::shared_ptr<Runner> runner;
  Status status = open({'n', 'o', 't', ' ', 'o', 'n', 'n', 'x'}, runner);
  EXPECT_EQ(status.code, "ENGINERY_INVALID_MODEL");
  EXPECT_FALSE(status.message.empty());
  EXPECT_FALSE(open({}, runner).ok());

  status =
      open(model({node("NoSuchOperator", {"x"}, {"y"})}, {tensor_value("x", 1, {"n"})}, {tensor_value("y", 1, {"n"})}),
           runner);
  EXPECT_NE(status.message.find("NoSuchOperator"), std::string::npos) << status.message;

  runner = open_or_fail(identity_model());
  RunResult result = start(*runner, 1, {{floats("x", {1, 5}, {1, 2, 3, 4, 5})}, {"y"}}).get();
  EXPECT_EQ(result.status.code, "ENGINERY_INVALID_FEED");
  EXPECT_NE(result.status.message.find("x"), std::string::npos) << result.status.message;
}

TEST_F(OrtTest, LibrariesThatAreNone) {
  OpenOptions options;
  options.library = "/nonexistent/libonnxruntime.so";
  std::shared_ptr<Runner> runner;
  EXPECT_EQ(OrtRunner::open(options, runner).code, "ENGINERY_LIBRARY_UNUSABLE");
  options.library = "libm.so.6";
  EXPECT_EQ(OrtRunner::open(options, runner).code, "ENGINERY_LIBRARY_UNUSABLE");
}

TEST_F(OrtTest, OutputsThatAreNoTensors) {
  const std::string sequence =
      test::bytes(1, "y") + test::bytes(2, test::bytes(4, test::bytes(1, test::bytes(1, test::number(1, 1)))));
  const auto runner =
      open_or_fail(model({node("SequenceConstruct", {"x"}, {"y"})}, {tensor_value("x", 1, {"n"})}, {sequence}));
  EXPECT_EQ(runner->outputs()[0].type, "sequence");
  RunResult result = start(*runner, 1, {{floats("x", {1}, {1})}, {"y"}}).get();
  EXPECT_EQ(result.status.code, "ENGINERY_RUN_FAILED");
  EXPECT_EQ(result.status.subject, "y");
  EXPECT_EQ(result.status.message, "Output \"y\" is a value of kind sequence, which is not supported.");
}

TEST_F(OrtTest, CancelsARunUnderWay) {
  const auto runner = open_or_fail(heavy_model(400));
  auto running = start(*runner, 1, {{square(384)}, {"y"}});
  std::this_thread::sleep_for(50ms);
  const auto asked = std::chrono::steady_clock::now();
  cancel(*runner, 1);
  EXPECT_EQ(running.get().status.code, "CANCELLED");
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 2s);
  // The session stays usable.
  EXPECT_TRUE(start(*runner, 2, {{square(8)}, {"y"}}).get().status.ok());
}

TEST_F(OrtTest, CancelsAQueuedRunAtOnce) {
  const auto runner = open_or_fail(heavy_model(400));
  std::vector<std::future<RunResult>> busy;
  for (RunId run = 1; run <= std::thread::hardware_concurrency(); ++run) {
    busy.push_back(start(*runner, run, {{square(384)}, {"y"}}));
  }
  auto queued = start(*runner, 1000, {{square(384)}, {"y"}});
  cancel(*runner, 1000);
  EXPECT_EQ(queued.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(queued.get().status.code, "CANCELLED");
  for (RunId run = 1; run <= busy.size(); ++run) cancel(*runner, run);
  for (auto& run : busy) EXPECT_EQ(run.get().status.code, "CANCELLED");
}

TEST_F(OrtTest, ClosingWaitsForRunsAndRefusesNewOnes) {
  const auto runner = open_or_fail(heavy_model(40));
  auto running = start(*runner, 1, {{square(256)}, {"y"}});
  auto closed = start_close(*runner);
  EXPECT_EQ(start(*runner, 2, {{square(8)}, {"y"}}).get().status.code, "ENGINERY_DISPOSED");
  closed.get();
  EXPECT_EQ(running.wait_for(0s), std::future_status::ready);
  EXPECT_TRUE(running.get().status.ok());
  start_close(*runner).get();
}

TEST_F(OrtTest, ManyThreadsRunCancelAndClose) {
  for (int round = 0; round < 10; ++round) {
    const auto runner = open_or_fail(heavy_model(20));
    std::atomic<int> settled = 0;
    std::atomic<RunId> next = 1;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          const RunId run = next++;
          submit(*runner, run, {{square(32)}, {"y"}}, [&](RunResult) { ++settled; });
          if (i % 3 == 0) cancel(*runner, run);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    start_close(*runner).get();
    EXPECT_EQ(settled, 100);
  }
}

}  // namespace
}  // namespace enginery::ort
