// One family's emulated TensorRT over the emulated driver: engines are built by the real bridge.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "core/engine_build.h"
#include "core/library_info.h"
#include "emulator_fixture.h"
#include "onnx_model.h"
#include "ort_fixture.h"
#include "temporary_folder.h"
#include "tensorrt/family.h"

namespace enginery {

class RecordingLogger final : public nvinfer1::ILogger {
 public:
  void log(Severity severity, const nvinfer1::AsciiChar* message) noexcept override {
    if (severity <= Severity::kERROR) errors += std::string(message) + "\n";
  }
  std::string errors;
};

class EmulatedTensorRT : public Emulator {
 protected:
  void SetUp() override {
    Emulator::SetUp();
    const char* const named = std::getenv("ENGINERY_ONNXRUNTIME_LIBRARY");
    if (named == nullptr) GTEST_SKIP() << "ENGINERY_ONNXRUNTIME_LIBRARY is not set";
    onnxruntime_ = named;
    request_.library = ENGINERY_TEST_LIBRARY;
    request_.parser = ENGINERY_TEST_PARSER;
    request_.output = folder_.path / "plan";
    request_.profiles = 1;
    request_.ranges = {{0, "x", false, {1, 4}, {2, 4}, {8, 4}}};
    library_ = dlopen(ENGINERY_TEST_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library_, nullptr) << dlerror();
  }

  // The version that the library says it has: 100800.
  static int32_t library_version() {
    LibraryInfo info;
    EXPECT_TRUE(describe_library(ENGINERY_TEST_LIBRARY, info).ok());
    return info.number;
  }

  Status build(const std::atomic<bool>& cancelled = {false}) {
    const BuildObserver observer{[this](const BuildProgress& it) { progress_.push_back(it); }, [](const LogLine&) {}};
    return build_engine(request_, observer, cancelled, result_);
  }

  // Builds what request_ says, and gives the plan.
  std::string plan() {
    const Status status = build();
    EXPECT_TRUE(status.ok()) << status.message << (status.log.empty() ? "" : ": " + status.log[0].message);
    std::ifstream file(request_.output, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(file), {});
    std::filesystem::remove(request_.output);
    return bytes;
  }

  std::unique_ptr<nvinfer1::IRuntime> runtime() {
    const auto create = reinterpret_cast<void* (*)(void*, int32_t)>(dlsym(library_, "createInferRuntime_INTERNAL"));
    return std::unique_ptr<nvinfer1::IRuntime>(static_cast<nvinfer1::IRuntime*>(create(&logger_, NV_TENSORRT_VERSION)));
  }

  // request_.model_bytes as an engine.
  void load(std::vector<uint8_t> model) {
    run_.reset();
    engine_.reset();
    request_.model_bytes = std::move(model);
    const std::string bytes = plan();
    runtime_ = runtime();
    ASSERT_NE(runtime_, nullptr);
    engine_.reset(runtime_->deserializeCudaEngine(bytes.data(), bytes.size()));
    ASSERT_NE(engine_, nullptr) << logger_.errors;
    run_.reset(engine_->createExecutionContext());
    ASSERT_NE(run_, nullptr) << logger_.errors;
  }

  void TearDown() override {
    cuCtxSynchronize();
    run_.reset();
    engine_.reset();
    runtime_.reset();
    Emulator::TearDown();
  }

  void upload(CUdeviceptr to, const void* from, size_t size, CUstream on) {
    unsigned char* const staging = pinned(size);
    std::memcpy(staging, from, size);
    EXPECT_EQ(cuMemcpyHtoDAsync(to, staging, size, on), CUDA_SUCCESS);
  }

  std::string download(CUdeviceptr from, size_t size, CUstream on) {
    unsigned char* const staging = pinned(size);
    EXPECT_EQ(cuMemcpyDtoHAsync(staging, from, size, on), CUDA_SUCCESS);
    EXPECT_EQ(cuStreamSynchronize(on), CUDA_SUCCESS);
    return {reinterpret_cast<char*>(staging), size};
  }

  static void* address(CUdeviceptr memory) { return reinterpret_cast<void*>(memory); }

  const test::TemporaryFolder folder_;
  BuildRequest request_;
  BuildResult result_;
  std::vector<BuildProgress> progress_;
  std::string onnxruntime_;
  void* library_ = nullptr;
  RecordingLogger logger_;
  std::unique_ptr<nvinfer1::IRuntime> runtime_;
  std::unique_ptr<nvinfer1::ICudaEngine> engine_;
  std::unique_ptr<nvinfer1::IExecutionContext> run_;
};

// Builds of a model, each with settings of its own.
class EmulatedBuild : public EmulatedTensorRT {
 protected:
  void SetUp() override {
    EmulatedTensorRT::SetUp();
    request_.model_bytes = test::identity_model();
  }

  const int32_t version_ = library_version();
};

}  // namespace enginery
