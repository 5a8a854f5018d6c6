// What tests of native/ort need: the real library, named by ENGINERY_ONNXRUNTIME_LIBRARY, and short ways to run.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <future>

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

inline std::future<RunResult> start(Runner& runner, Runner::RunId run, RunRequest request) {
  auto promise = std::make_shared<std::promise<RunResult>>();
  auto future = promise->get_future();
  runner.submit(run, std::move(request), [promise](RunResult result) { promise->set_value(std::move(result)); });
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
