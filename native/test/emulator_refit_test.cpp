// @no-feature tests the emulator, not what runs on it
// What engines of the emulated TensorRT keep beside their plan: weights that change, and kernels that were compiled.
#include "emulator_tensorrt_fixture.h"

namespace enginery {
namespace {

using nvinfer1::Dims2;

// y = x * factor; the factor is the weight "w".
using test::scaling_model;

class RefitTest : public EmulatedTensorRT {
 protected:
  void SetUp() override {
    EmulatedTensorRT::SetUp();
    stream_ = stream();
  }

  // What y = f(1) is.
  float run_once(nvinfer1::IExecutionContext& context) {
    const CUdeviceptr in = device(16);
    const CUdeviceptr out = device(16);
    const float ones[] = {1, 1, 1, 1};
    upload(in, ones, sizeof ones, stream_);
    EXPECT_TRUE(context.setInputShape("x", Dims2{1, 4}));
    EXPECT_TRUE(context.setTensorAddress("x", address(in)));
    EXPECT_TRUE(context.setTensorAddress("y", address(out)));
    EXPECT_TRUE(context.enqueueV3(stream_)) << logger_.errors;
    float y = 0;
    std::memcpy(&y, download(out, 16, stream_).data(), sizeof y);
    return y;
  }

  std::unique_ptr<nvinfer1::IRefitter> refitter() {
    const auto create =
        reinterpret_cast<void* (*)(void*, void*, int32_t)>(dlsym(library_, "createInferRefitter_INTERNAL"));
    return std::unique_ptr<nvinfer1::IRefitter>(
        static_cast<nvinfer1::IRefitter*>(create(engine_.get(), &logger_, NV_TENSORRT_VERSION)));
  }

  std::unique_ptr<nvonnxparser::IParserRefitter> parser_refitter(nvinfer1::IRefitter& refitter) {
    void* const parser = dlopen(ENGINERY_TEST_PARSER, RTLD_NOW | RTLD_LOCAL);
    const auto create =
        reinterpret_cast<void* (*)(void*, void*, int32_t)>(dlsym(parser, "createNvOnnxParserRefitter_INTERNAL"));
    return std::unique_ptr<nvonnxparser::IParserRefitter>(
        static_cast<nvonnxparser::IParserRefitter*>(create(&refitter, &logger_, NV_ONNX_PARSER_VERSION)));
  }

  CUstream stream_ = nullptr;
};

TEST_F(RefitTest, TakesWeightsFromAnotherModel) {
  request_.settings = {{"refit", "", 1}};
  load(scaling_model(2));
  EXPECT_EQ(run_once(*run_), 2);
  const auto refitter = this->refitter();
  ASSERT_NE(refitter, nullptr);
  const auto parser = parser_refitter(*refitter);
  const std::vector<uint8_t> other = test::identity_model();
  EXPECT_FALSE(parser->refitFromBytes(other.data(), other.size()));
  EXPECT_EQ(parser->getError(0)->code(), nvonnxparser::ErrorCode::kREFIT_FAILED);
  const std::vector<uint8_t> model = scaling_model(3);
  ASSERT_TRUE(parser->refitFromBytes(model.data(), model.size()));
  EXPECT_EQ(run_once(*run_), 2) << "not before refitCudaEngine";
  ASSERT_TRUE(refitter->refitCudaEngine());
  EXPECT_EQ(run_once(*run_), 3);
}

TEST_F(RefitTest, TakesWeightsByName) {
  request_.settings = {{"refit", "", 1}};
  load(scaling_model(2));
  const auto refitter = this->refitter();
  const char* name = nullptr;
  ASSERT_EQ(refitter->getAllWeights(1, &name), 1);
  EXPECT_STREQ(name, "w");
  const float seven = 7;
  ASSERT_TRUE(refitter->setNamedWeights("w", {nvinfer1::DataType::kFLOAT, &seven, 1}));
  ASSERT_TRUE(refitter->refitCudaEngine());
  EXPECT_EQ(run_once(*run_), 7);
}

TEST_F(RefitTest, RefusesAnEngineThatWasNotBuiltForIt) {
  load(scaling_model(2));
  EXPECT_EQ(refitter(), nullptr);
  EXPECT_NE(logger_.errors.find("kREFIT"), std::string::npos);
}

TEST_F(RefitTest, WantsTheStreamDone) {
  request_.settings = {{"refit", "", 1}};
  load(scaling_model(2));
  run_once(*run_);
  const auto refitter = this->refitter();
  emuSet("latency launch=50ms");
  EXPECT_TRUE(run_->enqueueV3(stream_));
  EXPECT_FALSE(refitter->refitCudaEngine());
  EXPECT_NE(take_reports().find("refitCudaEngine: the engine's work is on a stream"), std::string::npos);
}

TEST_F(RefitTest, RunsAStrippedEngineOnceItHasWeights) {
  request_.settings = {{"refit", "", 1}, {"stripPlan", "", 1}};
  load(scaling_model(2));
  const auto refitter = this->refitter();
  EXPECT_EQ(refitter->getMissingWeights(0, nullptr), 1);
  EXPECT_FALSE(refitter->refitCudaEngine());
  const auto parser = parser_refitter(*refitter);
  const std::vector<uint8_t> model = scaling_model(5);
  ASSERT_TRUE(parser->refitFromBytes(model.data(), model.size()));
  ASSERT_TRUE(refitter->refitCudaEngine());
  EXPECT_EQ(run_once(*run_), 5);
}

TEST_F(RefitTest, RunsInMemoryOfTheCaller) {
  load(scaling_model(2));
  const std::unique_ptr<nvinfer1::IExecutionContext> context(
      engine_->createExecutionContext(nvinfer1::ExecutionContextAllocationStrategy::kUSER_MANAGED));
  const int64_t size = engine_->getDeviceMemorySizeV2();
  const CUdeviceptr scratch = device(static_cast<size_t>(size));
  context->setDeviceMemoryV2(address(scratch), size);
  EXPECT_EQ(run_once(*context), 2);
  context->setDeviceMemoryV2(address(scratch), 1);
  EXPECT_FALSE(context->enqueueV3(stream_));
  EXPECT_NE(take_reports().find("setDeviceMemoryV2 gave less"), std::string::npos);
}

#ifdef ENGINERY_FAMILY_RTX
TEST_F(RefitTest, KeepsCompiledKernelsInARuntimeCache) {
  load(scaling_model(2));
  const std::unique_ptr<nvinfer1::IRuntimeConfig> config(engine_->createRuntimeConfig());
  const std::unique_ptr<nvinfer1::IRuntimeCache> cache(config->createRuntimeCache());
  const std::unique_ptr<nvinfer1::IHostMemory> empty(cache->serialize());
  ASSERT_TRUE(config->setRuntimeCache(*cache));
  const std::unique_ptr<nvinfer1::IExecutionContext> context(engine_->createExecutionContext(config.get()));
  run_once(*context);
  const std::unique_ptr<nvinfer1::IHostMemory> full(cache->serialize());
  EXPECT_GT(full->size(), empty->size());
  EXPECT_TRUE(cache->deserialize(full->data(), full->size()));
  EXPECT_FALSE(cache->deserialize("emulated runtime cache\nother", 28));
}

TEST_F(RefitTest, JudgesPlans) {
  request_.model_bytes = scaling_model(2);
  std::string bytes = plan();
  runtime_ = runtime();
  uint64_t reasons = 0;
  const int64_t size = runtime_->getEngineHeaderSize();
  EXPECT_EQ(runtime_->getEngineValidity(bytes.data(), size, &reasons), nvinfer1::EngineValidity::kVALID);
  bytes[25] ^= 1;
  EXPECT_EQ(runtime_->getEngineValidity(bytes.data(), size, &reasons), nvinfer1::EngineValidity::kINVALID);
  EXPECT_EQ(reasons, static_cast<uint64_t>(nvinfer1::EngineInvalidityDiagnostics::kVERSION_MISMATCH));
}
#else
TEST_F(RefitTest, KeepsStreamedWeightsOffTheDevice) {
  request_.settings = {{"weightStreaming", "", 1}};
  const auto used = [] {
    size_t free = 0;
    size_t total = 0;
    EXPECT_EQ(cuMemGetInfo(&free, &total), CUDA_SUCCESS);
    return total - free;
  };
  load(scaling_model(2));
  run_.reset();
  const size_t all = used();
  for (const size_t budget : {0, 3, 4}) {
    ASSERT_TRUE(engine_->setWeightStreamingBudgetV2(static_cast<int64_t>(budget)));
    EXPECT_EQ(all - used(), 4 - budget);
  }
  const auto memory = "device 0 memory=" + std::to_string(used());
  ASSERT_TRUE(engine_->setWeightStreamingBudgetV2(0));
  emuSet((memory + "B").c_str());
  device(4);
  EXPECT_FALSE(engine_->setWeightStreamingBudgetV2(4));
  EXPECT_NE(logger_.errors.find("no memory for the weights"), std::string::npos);
}

TEST_F(RefitTest, StreamsWeights) {
  request_.settings = {{"weightStreaming", "", 1}};
  load(scaling_model(2));
  EXPECT_EQ(engine_->getStreamableWeightsSize(), 4);
  EXPECT_FALSE(engine_->setWeightStreamingBudgetV2(0));
  EXPECT_NE(take_reports().find("there are execution contexts"), std::string::npos);
  run_.reset();
  ASSERT_TRUE(engine_->setWeightStreamingBudgetV2(0));
  run_.reset(engine_->createExecutionContext());
  EXPECT_EQ(run_once(*run_), 2);
}
#endif

}  // namespace
}  // namespace enginery
