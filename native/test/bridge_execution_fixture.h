// Engines loaded and run through the bridges, against the emulated TensorRT of each family.
#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>

#include "core/engine_build.h"
#include "core/tensorrt.h"
#include "emulated_families.h"
#include "emulator_fixture.h"
#include "onnx_model.h"
#include "temporary_folder.h"
#include "tensorrt/execution.h"

namespace enginery {

// What was logged at warning or worse, the parser's errors, and what was written.
struct Listener {
  Listener() {
    callbacks.user = this;
    callbacks.log = [](void* self, int32_t severity, const char* message) {
      auto& listener = *static_cast<Listener*>(self);
      std::lock_guard lock(listener.mutex);
      if (severity <= ENGINERY_BRIDGE_LOG_WARNING) listener.log += std::string(message) + "\n";
    };
    callbacks.parser_error = [](void* self, const EngineryBridgeParserError* error) {
      static_cast<Listener*>(self)->log += std::string(error->code) + ": " + error->description + "\n";
    };
    callbacks.write = [](void* self, const void* data, size_t size) -> int32_t {
      static_cast<Listener*>(self)->written.append(static_cast<const char*>(data), size);
      return 1;
    };
  }
  bool heard(const std::string& part) const { return log.find(part) != std::string::npos; }

  EngineryBridgeCallbacks callbacks{};
  std::mutex mutex;
  std::string log;
  std::string written;
};

class BridgeFixture : public Emulator, public testing::WithParamInterface<Family> {
 protected:
  void SetUp() override {
    Emulator::SetUp();
    // The emulated TensorRT computes with it.
    if (std::getenv("ENGINERY_ONNXRUNTIME_LIBRARY") == nullptr) {
      GTEST_SKIP() << "ENGINERY_ONNXRUNTIME_LIBRARY is not set";
    }
    const Status status = tensorrt_.open(emulated(GetParam().library), emulated(GetParam().parser));
    ASSERT_TRUE(status.ok()) << status.message;
    stream_ = stream();
  }

  void TearDown() override {
    cuCtxSynchronize();
    if (execution_ != nullptr) bridge().destroy_context(execution_);
    if (engine_ != nullptr) bridge().unload(engine_);
    Emulator::TearDown();
  }

  bool is_rtx() const { return std::string(GetParam().name) == "rtx"; }
  const EngineryBridgeExecution& bridge() const { return *tensorrt_.bridge->execution; }

  std::string build(const Family& family, std::vector<uint8_t> model, std::vector<BuildRange> ranges,
                    std::vector<BuildSetting> settings = {}) const {
    BuildRequest request;
    request.library = emulated(family.library);
    request.parser = emulated(family.parser);
    request.model_bytes = std::move(model);
    request.output = folder_.path / "plan";
    for (const BuildRange& range : ranges) request.profiles = std::max(request.profiles, range.profile + 1);
    request.ranges = std::move(ranges);
    request.settings = std::move(settings);
    BuildResult result;
    const Status status =
        build_engine(request, {[](const BuildProgress&) {}, [](const LogLine&) {}}, std::atomic<bool>(false), result);
    EXPECT_TRUE(status.ok()) << status.message << (status.log.empty() ? "" : ": " + status.log[0].message);
    std::ifstream plan(request.output, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(plan), {});
    std::filesystem::remove(request.output);
    return bytes;
  }
  std::string identity_plan() const { return build(GetParam(), test::identity_model(), identity_ranges_); }

  int32_t load(const std::string& bytes) {
    const EngineryBridgePlan plan{bytes.data(), bytes.size(), 0, ENGINERY_BRIDGE_NO_BUDGET};
    return bridge().load(&tensorrt_.library, &plan, &loading_.callbacks, &result_, &engine_);
  }

  int32_t create(Listener& listener, EngineryContext*& out, const std::vector<EngineryBridgeSetting>& settings = {},
                 const std::string& cache = {}) {
    const EngineryBridgeContextOptions options{settings.data(), settings.size(), cache.empty() ? nullptr : cache.data(),
                                               cache.size()};
    return bridge().create_context(engine_, &options, &listener.callbacks, &result_, &out);
  }

  void open(const std::string& plan) {
    ASSERT_EQ(load(plan), ENGINERY_BRIDGE_OK) << loading_.log;
    ASSERT_EQ(create(running_, execution_), ENGINERY_BRIDGE_OK) << running_.log;
  }

  EngineryBridgeIoTensor tensor(int32_t place) const {
    EngineryBridgeIoTensor out{};
    bridge().tensor(engine_, place, &out);
    return out;
  }

  // The bounds of an input as text: "1 4 / 2 4 / 8 4".
  std::string bounds(int32_t profile, int32_t input) const {
    EngineryBridgeBounds out{};
    if (bridge().bounds(engine_, profile, input, &out) == 0) return "none";
    std::string text;
    for (const int64_t* bound : {out.min, out.opt, out.max}) {
      if (bound != out.min) text += "/ ";
      for (int32_t i = 0; i < out.count; ++i) text += std::to_string(bound[i]) + " ";
    }
    return text;
  }

  std::vector<int64_t> output_dims(int32_t output) const {
    int32_t rank = 0;
    int64_t dims[ENGINERY_BRIDGE_MAX_RANK];
    EXPECT_EQ(bridge().output_dims(execution_, output, &rank, dims), 1) << running_.log;
    return {dims, dims + rank};
  }

  int32_t set_shape(int32_t input, std::vector<int64_t> dims) const {
    return bridge().set_shape(execution_, input, static_cast<int32_t>(dims.size()), dims.data());
  }

  // Runs an engine of one input of floats and one output as large as it.
  std::vector<float> run(EngineryContext* context, int32_t profile, std::vector<int64_t> dims,
                         const std::vector<float>& values) {
    const size_t bytes = values.size() * sizeof(float);
    const CUdeviceptr in = device(bytes);
    const CUdeviceptr out = device(bytes);
    auto* const staging = pinned(bytes);
    std::memcpy(staging, values.data(), bytes);
    EXPECT_EQ(cuMemcpyHtoDAsync(in, staging, bytes, stream_), CUDA_SUCCESS);
    EXPECT_EQ(bridge().set_profile(context, profile, stream_), 1);
    EXPECT_EQ(bridge().set_shape(context, 0, static_cast<int32_t>(dims.size()), dims.data()), 1);
    EXPECT_EQ(bridge().set_address(context, 0, reinterpret_cast<void*>(in)), 1);
    EXPECT_EQ(bridge().set_address(context, 1, reinterpret_cast<void*>(out)), 1);
    EXPECT_EQ(bridge().enqueue(context, stream_), 1);
    return download<float>(out, values.size());
  }

  template <typename Element>
  std::vector<Element> download(CUdeviceptr from, size_t count) {
    auto* const staging = pinned(count * sizeof(Element));
    EXPECT_EQ(cuMemcpyDtoHAsync(staging, from, count * sizeof(Element), stream_), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
    std::vector<Element> values(count);
    std::memcpy(values.data(), staging, count * sizeof(Element));
    return values;
  }

  const std::vector<BuildRange> identity_ranges_{{0, "x", false, {1, 4}, {2, 4}, {8, 4}},
                                                 {1, "x", false, {16, 4}, {16, 4}, {32, 4}}};
  const test::TemporaryFolder folder_;
  TensorRT tensorrt_;
  Listener loading_;
  Listener running_;
  EngineryBridgeResult result_{};
  EngineryEngine* engine_ = nullptr;
  EngineryContext* execution_ = nullptr;
  CUstream stream_ = nullptr;
};

}  // namespace enginery
