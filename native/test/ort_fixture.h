// What tests of native/ort need: the real library, named by ENGINERY_ONNXRUNTIME_LIBRARY, and short ways to run.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <future>
#include <map>
#include <mutex>

#include "onnx_model.h"
#include "ort/ort_runner.h"

namespace enginery::ort {

class OrtTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("ENGINERY_ONNXRUNTIME_LIBRARY");
    if (path == nullptr) GTEST_SKIP() << "ENGINERY_ONNXRUNTIME_LIBRARY is not set";
    library_ = path;
  }

  Status open(std::vector<uint8_t> bytes, std::shared_ptr<Runner>& out, RunLimits limits = {16}) {
    OpenOptions options;
    options.library = library_;
    options.limits = limits;
    options.model_data = std::move(bytes);
    return OrtRunner::open(options, out);
  }

  std::shared_ptr<Runner> open_or_fail(std::vector<uint8_t> bytes, RunLimits limits = {16}) {
    std::shared_ptr<Runner> runner;
    const Status status = open(std::move(bytes), runner, limits);
    EXPECT_TRUE(status.ok()) << status.message;
    return runner;
  }

  std::string library_;
};

// A run as tests put it: by names.
struct NamedTensor {
  std::string name;
  TensorBuffer tensor;
};
struct RunRequest {
  std::vector<NamedTensor> feeds;
  std::vector<std::string> outputs;
  std::vector<TensorBuffer> targets;
  std::vector<bool> stays;  // on a device
};
struct RunResult {
  Status status;
  std::vector<TensorBuffer> outputs;
  double queue_ms = 0;
  double compute_ms = 0;
  std::shared_ptr<Run> run;  // small results lie in its memory
};
using RunId = uint64_t;

inline NamedTensor floats(const std::string& name, std::vector<int64_t> dims, std::vector<float> values) {
  auto owner = std::make_shared<std::vector<float>>(std::move(values));
  NamedTensor out{name, {}};
  out.tensor.type = ElementType::float32;
  out.tensor.dims = std::move(dims);
  out.tensor.data = owner->data();
  out.tensor.bytes = owner->size() * sizeof(float);
  out.tensor.owner = std::move(owner);
  return out;
}

inline NamedTensor square(int64_t n) {
  return floats("x", {n, n}, std::vector<float>(static_cast<size_t>(n * n), 0.001f));
}

class TestRun : public Run, public std::enable_shared_from_this<TestRun> {
 public:
  using Done = std::function<void(RunResult)>;

  TestRun(const Runner& runner, RunRequest request, Done done) : done_(std::move(done)) {
    for (const TensorSpec& input : runner.inputs()) {
      for (NamedTensor& feed : request.feeds) {
        if (feed.name == input.name) feeds.push_back(std::move(feed.tensor));
      }
    }
    for (const std::string& name : request.outputs) {
      for (uint32_t i = 0; i < runner.outputs().size(); ++i) {
        if (runner.outputs()[i].name == name) outputs.push_back(i);
      }
    }
    targets = std::move(request.targets);
    stays = std::move(request.stays);
  }

  void ended() override { std::exchange(done_, {})({status, results, queue_ms, compute_ms, shared_from_this()}); }

 private:
  Done done_;
};

// Those that tests may cancel, by the numbers that tests give them.
inline std::shared_ptr<Run>& run_numbered(const Runner& runner, RunId number) {
  static std::mutex mutex;
  static std::map<std::pair<const Runner*, RunId>, std::shared_ptr<Run>> runs;
  std::lock_guard lock(mutex);
  return runs[{&runner, number}];
}

inline void submit(Runner& runner, RunId number, RunRequest request, TestRun::Done done) {
  const auto run = std::make_shared<TestRun>(runner, std::move(request), std::move(done));
  run_numbered(runner, number) = run;
  runner.submit(run);
}

inline void cancel(Runner& runner, RunId number) {
  if (const std::shared_ptr<Run> run = run_numbered(runner, number)) runner.cancel(*run);
}

inline std::future<RunResult> start(Runner& runner, RunId number, RunRequest request) {
  auto promise = std::make_shared<std::promise<RunResult>>();
  auto future = promise->get_future();
  submit(runner, number, std::move(request), [promise](RunResult result) { promise->set_value(std::move(result)); });
  return future;
}

inline std::future<void> start_close(Runner& runner) {
  auto promise = std::make_shared<std::promise<void>>();
  auto future = promise->get_future();
  runner.close([promise] { promise->set_value(); });
  return future;
}

inline std::vector<float> values_of(const TensorBuffer& tensor) {
  std::vector<float> out(tensor.bytes / sizeof(float));
  std::memcpy(out.data(), tensor.data, tensor.bytes);
  return out;
}

}  // namespace enginery::ort
