// @module-tag cpu
// @module-tag log
// The log of sessions, against the real library, named by ENGINERY_ONNXRUNTIME_LIBRARY.
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "ort_fixture.h"

namespace enginery::ort {
namespace {

using enginery::test::heavy_model;
using enginery::test::model;
using enginery::test::node;
using enginery::test::tensor_value;

// Lines of one session, which may come on several threads at once.
class Lines {
 public:
  LogListener listener() {
    return [this](const LogLine& line) {
      std::lock_guard lock(mutex_);
      lines_.push_back(line);
    };
  }
  std::vector<LogLine> take() {
    std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<LogLine> lines_;
};

class OrtLogTest : public OrtTest {
 protected:
  std::shared_ptr<Runner> open_logging(std::vector<uint8_t> bytes, LogListener listener, int severity = LOG_WARNING) {
    OpenOptions options;
    options.library = library_;
    options.limits = {16};
    options.model_data = std::move(bytes);
    options.log_severity = severity;
    options.on_log = std::move(listener);
    std::shared_ptr<Runner> runner;
    const Status status = OrtRunner::open(options, runner);
    EXPECT_TRUE(status.ok()) << status.message;
    return runner;
  }

  // ONNX Runtime remarks on every run of it that does not give three rows.
  static std::vector<uint8_t> remarkable_model() {
    return model({node("Identity", {"x"}, {"y"})}, {tensor_value("x", 1, {"n", "2"})},
                 {tensor_value("y", 1, {"3", "2"})});
  }

  static RunResult run_one_row(Runner& runner, RunId run) {
    return start(runner, run, {{floats("x", {1, 2}, {1, 2})}, {"y"}}).get();
  }
};

TEST_F(OrtLogTest, GoesToTheListenerOfItsSession) {
  Lines first;
  Lines second;
  const auto runner = open_logging(remarkable_model(), first.listener());
  const auto other = open_logging(remarkable_model(), second.listener());
  EXPECT_TRUE(first.take().empty());
  ASSERT_TRUE(run_one_row(*runner, 1).status.ok());
  const auto lines = first.take();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].severity, Severity::warning);
  EXPECT_NE(lines[0].message.find("does not match actual shape"), std::string::npos) << lines[0].message;
  EXPECT_TRUE(second.take().empty());
}

TEST_F(OrtLogTest, TellsOfLoadingWhatTheSeverityAsksFor) {
  Lines lines;
  open_logging(remarkable_model(), lines.listener(), LOG_VERBOSE);
  std::vector<Severity> severities;
  for (const LogLine& line : lines.take()) severities.push_back(line.severity);
  EXPECT_NE(std::find(severities.begin(), severities.end(), Severity::info), severities.end());
  EXPECT_NE(std::find(severities.begin(), severities.end(), Severity::verbose), severities.end());
}

TEST_F(OrtLogTest, WhatAFailedRunSaidIsInItsStatus) {
  Lines lines;
  const auto runner = open_logging(heavy_model(2), lines.listener());
  for (const auto& it : {runner, open_logging(heavy_model(2), {})}) {
    const RunResult result =
        start(*it, 1, {{floats("x", {2, 3}, {1, 2, 3, 4, 5, 6})}, {"y"}}).get();  // no square: no product
    EXPECT_EQ(result.status.code, "ENGINERY_RUN_FAILED");
    ASSERT_EQ(result.status.log.size(), 1u);
    EXPECT_EQ(result.status.log[0].severity, Severity::error);
    EXPECT_NE(result.status.log[0].message.find("MatMul"), std::string::npos) << result.status.log[0].message;
  }
  EXPECT_EQ(lines.take().size(), 1u);
}

TEST_F(OrtLogTest, ComesFromManyThreadsUntilTheSessionIsGone) {
  for (int round = 0; round < 5; ++round) {
    Lines lines;
    auto runner = open_logging(remarkable_model(), lines.listener(), LOG_VERBOSE);
    std::vector<std::thread> threads;
    for (RunId first = 0; first < 4; ++first) {
      threads.emplace_back([&runner, first] {
        for (RunId i = 0; i < 25; ++i) (void)run_one_row(*runner, 25 * first + i);
      });
    }
    for (auto& thread : threads) thread.join();
    auto closed = start_close(*runner);
    runner.reset();
    closed.get();
    EXPECT_GE(lines.take().size(), 100u);
  }
}

}  // namespace
}  // namespace enginery::ort
