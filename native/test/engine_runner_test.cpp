// @module-tag emulator
// @module-tag sessions
// @module-tag numbers
// @module-tag profiles
// @module-tag streams
// Engines run on an emulated GPU, of every family, through our bridges: the results are ONNX Runtime's.
#include <set>

#include "engine_fixture.h"

namespace enginery {
namespace {

using namespace std::chrono_literals;
using test::model;
using test::node;
using test::tensor_value;

using EngineRunnerTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Families, EngineRunnerTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(EngineRunnerTest, ComputesWhatOnnxRuntimeDoes) {
  const auto square_model = test::heavy_model(3);
  auto runner = open(options(build(square_model, {{0, "x", false, {1, 1}, {64, 64}, {256, 256}}})));
  for (const int64_t size : {1, 7, 64, 256, 5}) {
    std::vector<float> values(static_cast<size_t>(size * size));
    std::iota(values.begin(), values.end(), 0.25F);
    const ort::RunRequest request{{ort::floats("x", {size, size}, values)}, {"y"}, {}};
    expect_same(run(*runner, request), expected(square_model, request));
  }
  close(runner);
}

TEST_P(EngineRunnerTest, TakesAndGivesAllKindsOfTensors) {
  auto runner = open(options(build(model_of_all_kinds(), ranges_of_all_kinds())));
  ASSERT_EQ(runner->inputs().size(), 2u);
  EXPECT_EQ(runner->inputs()[1].name, "shape");
  EXPECT_EQ(runner->outputs()[2].dims, (std::vector<int64_t>{2, -1}));
  for (const int64_t count : {2, 8, 1, 64, 16, 3}) {
    expect_same(run(*runner, all_kinds(count)), expected(model_of_all_kinds(), all_kinds(count)));
  }
  close(runner);
}

TEST_P(EngineRunnerTest, GivesThoseOutputsThatAreAskedFor) {
  auto runner = open(options(build(model_of_all_kinds(), ranges_of_all_kinds())));
  for (const std::vector<std::string>& outputs :
       std::vector<std::vector<std::string>>{{"found"}, {"found", "sum"}, {"reshaped"}, {}}) {
    ort::RunRequest request = all_kinds(4);
    request.outputs = outputs;
    const ort::RunResult result = run(*runner, request);
    ASSERT_EQ(result.outputs.size(), outputs.size());
    if (!outputs.empty()) expect_same(result, expected(model_of_all_kinds(), request));
  }
  close(runner);
}

TEST_P(EngineRunnerTest, TakesEmptyTensors) {
  auto runner = open(options(build(model_of_all_kinds(), ranges_of_all_kinds())));
  for (const int64_t count : {0, 2, 0}) {
    expect_same(run(*runner, all_kinds(count)), expected(model_of_all_kinds(), all_kinds(count)));
  }
  // Nothing is found among zeros: an output of no elements.
  ort::RunRequest zeros = all_kinds(2);
  zeros.feeds[0] = ort::floats("x", {2, 4}, std::vector<float>(8));
  const ort::RunResult result = run(*runner, zeros);
  expect_same(result, expected(model_of_all_kinds(), zeros));
  EXPECT_EQ(result.outputs[2].dims, (std::vector<int64_t>{2, 0}));
  close(runner);
}

TEST_P(EngineRunnerTest, RunsTypesOfEverySize) {
  const std::vector<int64_t> values{-3, 0, 127, 5};
  const std::vector<uint8_t> bytes{1, 0, 0, 1};
  auto wide = open(options(build(test::identity_model(7), kRows)));
  const ort::RunRequest int64{{tensor("x", ElementType::int64, {1, 4}, values)}, {"y"}, {}};
  expect_same(run(*wide, int64), expected(test::identity_model(7), int64));
  auto narrow = open(options(build(test::identity_model(9), kRows)));
  const ort::RunRequest flags{{tensor("x", ElementType::boolean, {1, 4}, bytes)}, {"y"}, {}};
  expect_same(run(*narrow, flags), expected(test::identity_model(9), flags));
  close(wide);
  close(narrow);
}

TEST_P(EngineRunnerTest, IsRightAfterShapesThatDoNotFit) {
  auto runner = open(options(build(model_of_all_kinds(), ranges_of_all_kinds())));
  ort::RunRequest wrong = all_kinds(2);
  wrong.feeds[1] = int64s("shape", {3, 3});
  const Status status = run(*runner, wrong).status;
  EXPECT_EQ(status.code, "ENGINERY_RUN_FAILED");
  EXPECT_NE(status.message.find("cannot be reshaped"), std::string::npos) << status.message;
  expect_same(run(*runner, all_kinds(2)), expected(model_of_all_kinds(), all_kinds(2)));
  close(runner);
}

TEST_P(EngineRunnerTest, RefusesFeedsOfNoProfile) {
  auto runner = open(options(build(model_of_all_kinds(), ranges_of_all_kinds())));
  EXPECT_EQ(run(*runner, all_kinds(9)).status.code, "ENGINERY_INVALID_FEED") << "between the profiles";
  EXPECT_EQ(run(*runner, all_kinds(65)).status.code, "ENGINERY_INVALID_FEED");
  ort::RunRequest other = all_kinds(2);
  other.feeds[1] = int64s("shape", {-1, 2});
  EXPECT_EQ(run(*runner, other).status.code, "ENGINERY_INVALID_FEED") << "-1 is none of the profile's values";
  EXPECT_TRUE(run(*runner, all_kinds(2)).status.ok());
  close(runner);
}

TEST_P(EngineRunnerTest, RunsSeveralAtOnce) {
  emuSet("latency copy=200us launch=1ms");
  auto runner = open(options(build(model_of_all_kinds(), ranges_of_all_kinds()), 3));
  emuSet("calls on");
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 8; ++round) {
        const ort::RunRequest request = all_kinds(round % 2 == 0 ? 2 + i : 16 + i, static_cast<float>(10 * i + round));
        const ort::RunResult result = ort::start(*runner, static_cast<ort::RunId>(i), request).get();
        expect_same(result, expected(model_of_all_kinds(), request));
        if (result.status.ok()) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 32);
  EXPECT_EQ(calls("ICudaEngine::createExecutionContext"), 3);
  close(runner);
}

TEST_P(EngineRunnerTest, MakesNothingNewForARunLikeTheOneBefore) {
  auto runner = open(options(build(model_of_all_kinds(), ranges_of_all_kinds())));
  for (const int64_t count : {2, 64, 4}) EXPECT_TRUE(run(*runner, all_kinds(count)).status.ok());
  emuSet("calls on");
  for (const int64_t count : {4, 3, 8}) EXPECT_TRUE(run(*runner, all_kinds(count)).status.ok());
  for (const char* function : {"cuMemAlloc", "cuMemHostAlloc", "cuMemFree", "cuMemFreeHost", "cuStreamCreate",
                               "cuEventCreate", "IExecutionContext::setOptimizationProfileAsync"}) {
    EXPECT_EQ(calls(function), 0) << function;
  }
  EXPECT_EQ(calls("cuEventSynchronize"), 3);
  close(runner);
}

TEST_P(EngineRunnerTest, WritesIntoTheTensorsOfTheCaller) {
  auto runner = open(options(build(test::identity_model(), kRows)));
  for (const int64_t count : {2, 64}) {
    const auto target = ort::floats("", {count, 4}, std::vector<float>(static_cast<size_t>(count) * 4, -1)).tensor;
    const ort::NamedTensor feed = rows(count);
    const ort::RunResult result = run(*runner, {{feed}, {"y"}, {target}});
    ASSERT_TRUE(result.status.ok()) << result.status.message;
    EXPECT_EQ(result.outputs[0].type, ElementType::unknown);
    EXPECT_EQ(ort::values_of(target), ort::values_of(feed.tensor));
  }
  const auto small = ort::floats("", {1, 4}, std::vector<float>(4)).tensor;
  const Status refused = run(*runner, {{rows(2)}, {"y"}, {small}}).status;
  EXPECT_EQ(refused.code, "ENGINERY_INVALID_ARGUMENT");
  EXPECT_NE(refused.message.find("\"y\" is [2, 4]"), std::string::npos) << refused.message;
  EXPECT_TRUE(run(*runner, {{rows(2)}, {"y"}, {}}).status.ok());
  close(runner);
}

TEST_P(EngineRunnerTest, ResultsOutliveTheSession) {
  auto runner = open(options(build(test::identity_model(), {{0, "x", false, {1, 4}, {2, 4}, {2048, 4}}})));
  const ort::RunResult small = run(*runner, {{rows(2)}, {"y"}, {}});
  const ort::RunResult large = run(*runner, {{rows(2048)}, {"y"}, {}});
  close(runner);
  EXPECT_EQ(ort::values_of(small.outputs[0]), ort::values_of(rows(2).tensor));
  EXPECT_EQ(ort::values_of(large.outputs[0]), ort::values_of(rows(2048).tensor));
}

TEST_P(EngineRunnerTest, CancelsRunsThatWait) {
  auto runner = open(options(build(test::identity_model(), kRows)));
  emuSet("hang launch 1\ncalls on");
  auto first = ort::start(*runner, 1, {{rows(2)}, {"y"}, {}});
  auto second = ort::start(*runner, 2, {{rows(3)}, {"y"}, {}});
  auto third = ort::start(*runner, 3, {{rows(4)}, {"y"}, {}});
  ASSERT_TRUE(wait_for([] { return calls("launch") == 1; }));
  ort::cancel(*runner, 2);
  EXPECT_EQ(second.get().status.code, "CANCELLED");
  EXPECT_EQ(first.wait_for(0s), std::future_status::timeout);
  emuSet("reset");
  EXPECT_TRUE(first.get().status.ok());
  EXPECT_EQ(ort::values_of(third.get().outputs[0]), ort::values_of(rows(4).tensor));
  close(runner);
}

TEST_P(EngineRunnerTest, ThrowsTheResultOfACancelledRunAway) {
  auto runner = open(options(build(test::identity_model(), kRows), 2));
  emuSet("hang launch 1\ncalls on");
  auto first = ort::start(*runner, 1, {{rows(2)}, {"y"}, {}});
  ASSERT_TRUE(wait_for([] { return calls("launch") == 1; }));
  ort::cancel(*runner, 1);
  EXPECT_TRUE(run(*runner, {{rows(3)}, {"y"}, {}}).status.ok()) << "another goes on";
  EXPECT_EQ(first.wait_for(0s), std::future_status::timeout) << "the GPU still works on its memory";
  emuSet("reset");
  EXPECT_EQ(first.get().status.code, "CANCELLED");
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(run(*runner, {{rows(3)}, {"y"}, {}}).status.ok());
  close(runner);
}

TEST_P(EngineRunnerTest, ClosesAfterItsRuns) {
  auto runner = open(options(build(test::identity_model(), kRows)));
  emuSet("hang launch 1\ncalls on");
  auto first = ort::start(*runner, 1, {{rows(2)}, {"y"}, {}});
  auto second = ort::start(*runner, 2, {{rows(3)}, {"y"}, {}});
  ASSERT_TRUE(wait_for([] { return calls("launch") == 1; }));
  auto closed = ort::start_close(*runner);
  EXPECT_EQ(run(*runner, {{rows(2)}, {"y"}, {}}).status.code, "ENGINERY_DISPOSED");
  EXPECT_EQ(closed.wait_for(0s), std::future_status::timeout);
  emuSet("reset");
  closed.get();
  ASSERT_EQ(first.wait_for(0s), std::future_status::ready);
  ASSERT_EQ(second.wait_for(0s), std::future_status::ready);
  EXPECT_TRUE(first.get().status.ok());
  EXPECT_TRUE(second.get().status.ok());
}

TEST_P(EngineRunnerTest, TakesNoMoreThanItsQueueHolds) {
  EngineOptions limited = options(build(test::identity_model(), kRows));
  limited.limits.waiting = 1;
  auto runner = open(limited);
  emuSet("hang launch 1");
  auto first = ort::start(*runner, 1, {{rows(2)}, {"y"}, {}});
  auto second = ort::start(*runner, 2, {{rows(2)}, {"y"}, {}});
  EXPECT_EQ(run(*runner, {{rows(2)}, {"y"}, {}}).status.code, "ENGINERY_BUSY");
  emuSet("reset");
  EXPECT_TRUE(first.get().status.ok());
  EXPECT_TRUE(second.get().status.ok());
  close(runner);
}

TEST_P(EngineRunnerTest, RunsOnSeveralDevices) {
  const auto plan = build(model_of_all_kinds(), ranges_of_all_kinds());
  EngineOptions other = options(plan, 2);
  other.device = 1;
  auto first = open(options(plan, 2));
  auto second = open(other);
  std::vector<std::future<ort::RunResult>> results;
  for (int64_t i = 0; i < 8; ++i) {
    results.push_back(ort::start(i % 2 == 0 ? *first : *second, static_cast<ort::RunId>(i), all_kinds(i)));
  }
  for (int64_t i = 0; i < 8; ++i) {
    expect_same(results[static_cast<size_t>(i)].get(), expected(model_of_all_kinds(), all_kinds(i)));
  }
  EXPECT_EQ(text_of(emuLive).substr(0, 9), "context 2");
  close(first);
  expect_same(run(*second, all_kinds(5)), expected(model_of_all_kinds(), all_kinds(5)));
  close(second);
}

TEST_P(EngineRunnerTest, RefusesAnEngineOfAnotherGpu) {
  EngineOptions options = this->options(build(test::identity_model(), kRows));
  options.device = 1;
  emuSet("device 1 cc=5.2");
  std::shared_ptr<EngineRunner> runner;
  const Status status = EngineRunner::open(options, runner);
  EXPECT_EQ(status.code, "ENGINERY_ENGINE_MISMATCH");
  EXPECT_NE(status.message.find("compute capability"), std::string::npos) << status.message;
}

// Who is told of a mismatch builds the engine again, which takes minutes and helps no other failure.
TEST_P(EngineRunnerTest, TakesNoFailureOfTensorRTsForAMismatch) {
  const auto plan = build(test::identity_model(), kRows);
  for (const auto& [function, code] :
       std::vector<std::pair<std::string, std::string>>{{"createInferRuntime", "ENGINERY_DEVICE_UNAVAILABLE"},
                                                        {"IRuntime::deserializeCudaEngine", "ENGINERY_ENGINE_MISMATCH"},
                                                        {"ICudaEngine::getNbIOTensors", "ENGINERY_SESSION_FAILED"},
                                                        {"ICudaEngine::getTensorShape", "ENGINERY_SESSION_FAILED"}}) {
    emuSet(("fail " + function + " 1 1").c_str());
    std::shared_ptr<EngineRunner> runner;
    const Status status = EngineRunner::open(options(plan), runner);
    emuSet("reset");
    EXPECT_EQ(status.code, code) << function;
    EXPECT_NE(status.message.find(function + ": planned failure"), std::string::npos) << status.message;
  }
}

TEST_P(EngineRunnerTest, LogsWhatIsWantedAndNothingBelow) {
  std::mutex mutex;
  std::set<Severity> heard;
  for (const Severity least : {Severity::verbose, Severity::info, Severity::error}) {
    EngineOptions options = this->options(build(test::identity_model(), kRows));
    options.cuda_graphs = true;
    options.log_severity = least;
    options.on_log = [&](const LogLine& line) {
      std::lock_guard lock(mutex);
      heard.insert(line.severity);
    };
    heard.clear();
    emuSet("fail cuGraphInstantiateWithFlags * 801");  // a warning of our own
    auto runner = open(options);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(run(*runner, {{rows(2)}, {"y"}, {}}).status.ok());
    close(runner);
    emuSet("reset");
    EXPECT_EQ(heard.contains(Severity::verbose), least == Severity::verbose);
    EXPECT_EQ(heard.contains(Severity::warning), least != Severity::error);
  }
}

}  // namespace
}  // namespace enginery
