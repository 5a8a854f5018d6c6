// Engines of each family's emulated TensorRT, run as sessions run them.
//
// Takes the emulator's driver and folder from the macros ENGINERY_EMULATED_CUDA and ENGINERY_TEST_EMULATOR.
#pragma once

#include <chrono>
#include <fstream>
#include <iterator>
#include <numeric>
#include <thread>

#include "core/engine_build.h"
#include "core/engine_runner.h"
#include "core/pinned_tensor.h"
#include "emulated_device_fixture.h"
#include "emulated_families.h"
#include "ort_fixture.h"
#include "temporary_folder.h"

namespace enginery {

template <typename Element>
ort::NamedTensor tensor(const std::string& name, ElementType type, std::vector<int64_t> dims,
                        std::vector<Element> values) {
  auto owner = std::make_shared<std::vector<Element>>(std::move(values));
  ort::NamedTensor out{name, {}};
  out.tensor.type = type;
  out.tensor.dims = std::move(dims);
  out.tensor.data = owner->data();
  out.tensor.bytes = owner->size() * sizeof(Element);
  out.tensor.owner = std::move(owner);
  return out;
}

inline ort::NamedTensor int64s(const std::string& name, std::vector<int64_t> values) {
  return tensor(name, ElementType::int64, {static_cast<int64_t>(values.size())}, values);
}

// [rows, 4], every other element zero; `start` is the first.
inline ort::NamedTensor rows(int64_t rows, float start = 1) {
  std::vector<float> values(static_cast<size_t>(rows) * 4);
  for (size_t i = 0; i < values.size(); i += 2) values[i] = start + static_cast<float>(i);
  return ort::floats("x", {rows, 4}, values);
}

inline const std::vector<BuildRange> kRows{{0, "x", false, {0, 4}, {2, 4}, {64, 4}}};

// A plain output, one whose shape is computed from an input, and one whose shape only the run tells.
inline std::vector<uint8_t> model_of_all_kinds() {
  return test::model({test::node("Add", {"x", "x"}, {"sum"}), test::node("Reshape", {"x", "shape"}, {"reshaped"}),
                      test::node("NonZero", {"x"}, {"found"})},
                     {test::tensor_value("x", 1, {"batch", "4"}), test::tensor_value("shape", 7, {"2"})},
                     {test::tensor_value("sum", 1, {"batch", "4"}), test::tensor_value("reshaped", 1, {"m", "n"}),
                      test::tensor_value("found", 7, {"2", "count"})});
}

// Two profiles: of up to 8 rows, and of 16 to 64.
inline std::vector<BuildRange> ranges_of_all_kinds() {
  return {{0, "x", false, {0, 4}, {2, 4}, {8, 4}},
          {0, "shape", true, {0, 0}, {4, 2}, {32, 32}},
          {1, "x", false, {16, 4}, {16, 4}, {64, 4}},
          {1, "shape", true, {1, 1}, {32, 2}, {256, 256}}};
}

inline ort::RunRequest all_kinds(int64_t count, float start = 1) {
  const std::vector<int64_t> shape = count == 0 ? std::vector<int64_t>{0, 4} : std::vector<int64_t>{2, count * 2};
  return {{rows(count, start), int64s("shape", shape)}, {"sum", "reshaped", "found"}, {}};
}

class EngineTest : public CudaDeviceTest, public testing::WithParamInterface<Family> {
 protected:
  void SetUp() override {
    CudaDeviceTest::SetUp();
    emuSet("device 0 cc=8.9\ndevice 1 cc=8.9\ncalls off");
    const char* const named = std::getenv("ENGINERY_ONNXRUNTIME_LIBRARY");
    if (named == nullptr) GTEST_SKIP() << "ENGINERY_ONNXRUNTIME_LIBRARY is not set";
    onnxruntime_ = named;
  }

  void TearDown() override {
    wait_for(
        [] { return text_of(emuLive).empty(); });  // a session's thread lets go after it has said that it is closed
    CudaDeviceTest::TearDown();
  }

  static bool is(const std::string& family) { return GetParam().name == family; }
  static bool is_rtx() { return is("rtx"); }
  // Whether the emulated TensorRT, which may be older than its family's last, has what came with this version.
  static bool has(int32_t version) {
    const char* const set = std::getenv("ENGINERY_TEST_VERSION");
    return set == nullptr || std::stoi(set) >= version;
  }
  // TensorRT-RTX and TensorRT 10.0 are to refuse it.
  static bool streams_weights() { return is("ent11") || (is("ent10") && has(100100)); }

  static bool wait_for(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return true;
  }

  // The calls of a function since `calls on`.
  static int calls(const std::string& function) {
    const std::string all = "\n" + text_of(emuCalls);
    const size_t at = all.find("\n" + function + " ");
    return at == std::string::npos ? 0 : std::stoi(all.substr(at + function.size() + 2));
  }

  BuildRequest build_request(std::vector<uint8_t> model, std::vector<BuildRange> ranges) const {
    BuildRequest request;
    request.library = emulated(GetParam().library);
    request.parser = emulated(GetParam().parser);
    request.model_bytes = std::move(model);
    request.output = folder_.path / "plan";
    for (const BuildRange& range : ranges) request.profiles = std::max(request.profiles, range.profile + 1);
    request.ranges = std::move(ranges);
    return request;
  }

  std::vector<uint8_t> build(std::vector<uint8_t> model, std::vector<BuildRange> ranges,
                             std::vector<BuildSetting> settings = {}) const {
    BuildRequest request = build_request(std::move(model), std::move(ranges));
    request.settings = std::move(settings);
    BuildResult result;
    const Status status =
        build_engine(request, {[](const BuildProgress&) {}, [](const LogLine&) {}}, std::atomic<bool>(false), result);
    EXPECT_TRUE(status.ok()) << status.message << (status.log.empty() ? "" : ": " + status.log[0].message);
    std::ifstream plan(request.output, std::ios::binary);
    std::vector<uint8_t> bytes(std::istreambuf_iterator<char>(plan), {});
    std::filesystem::remove(request.output);
    return bytes;
  }

  EngineOptions options(std::vector<uint8_t> plan, size_t at_once = 1) const {
    EngineOptions options;
    options.library = emulated(GetParam().library);
    options.driver = ENGINERY_EMULATED_CUDA;
    options.plan_data = std::move(plan);
    options.limits.at_once = at_once;
    return options;
  }

  static std::shared_ptr<EngineRunner> open(const EngineOptions& options) {
    std::shared_ptr<EngineRunner> runner;
    const Status status = EngineRunner::open(options, runner);
    EXPECT_TRUE(status.ok()) << status.message;
    return runner;
  }

  std::shared_ptr<EngineRunner> open(std::vector<uint8_t> plan, size_t at_once, bool graphs) const {
    EngineOptions wanted = options(std::move(plan), at_once);
    wanted.cuda_graphs = graphs;
    return open(wanted);
  }

  static void close(std::shared_ptr<EngineRunner>& runner) {
    ort::start_close(*runner).wait();
    runner.reset();
  }

  static ort::RunResult run(Runner& runner, ort::RunRequest request) {
    return ort::start(runner, 0, std::move(request)).get();
  }

  // A copy in memory that the runner's device works with by itself.
  static TensorBuffer pinned(const Runner& runner, TensorBuffer tensor) {
    CudaDevice::Entered entered;
    EXPECT_TRUE(runner.device()->enter(entered).ok());
    std::shared_ptr<void> memory;
    EXPECT_TRUE(allocate_pinned_tensor(*runner.device(), tensor.bytes, memory).ok());
    tensor.data = std::memcpy(memory.get(), tensor.data, tensor.bytes);
    tensor.owner = std::move(memory);
    return tensor;
  }

  // ONNX Runtime's results.
  ort::RunResult expected(const std::vector<uint8_t>& model, const ort::RunRequest& request) const {
    ort::OpenOptions options;
    options.library = onnxruntime_;
    options.model_data = model;
    std::shared_ptr<Runner> runner;
    const Status status = ort::OrtRunner::open(options, runner);
    EXPECT_TRUE(status.ok()) << status.message;
    ort::RunResult result = run(*runner, request);
    ort::start_close(*runner).wait();
    EXPECT_TRUE(result.status.ok()) << result.status.message;
    return result;
  }

  // Bit for bit.
  static void expect_same(const ort::RunResult& result, const ort::RunResult& expected) {
    ASSERT_TRUE(result.status.ok()) << result.status.code << ": " << result.status.message;
    ASSERT_EQ(result.outputs.size(), expected.outputs.size());
    for (size_t i = 0; i < result.outputs.size(); ++i) {
      EXPECT_EQ(result.outputs[i].type, expected.outputs[i].type) << i;
      EXPECT_EQ(result.outputs[i].dims, expected.outputs[i].dims) << i;
      ASSERT_EQ(result.outputs[i].bytes, expected.outputs[i].bytes) << i;
      if (result.outputs[i].bytes == 0) continue;
      EXPECT_EQ(std::memcmp(result.outputs[i].data, expected.outputs[i].data, result.outputs[i].bytes), 0) << i;
    }
  }

  const test::TemporaryFolder folder_;
  std::string onnxruntime_;
};

}  // namespace enginery
