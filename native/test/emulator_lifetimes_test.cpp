// @no-feature tests the emulator, not what runs on it
// Objects of the emulated TensorRT that are destroyed before those they made.
#include "emulator_tensorrt_fixture.h"

namespace enginery {
namespace {

class LifetimesTest : public EmulatedTensorRT {
 protected:
  void SetUp() override {
    EmulatedTensorRT::SetUp();
    load(test::identity_model());
  }

  void expect_reports(std::initializer_list<const char*> parts) {
    const std::string reports = take_reports();
    for (const char* const part : parts) EXPECT_NE(reports.find(part), std::string::npos) << reports;
  }
};

TEST_F(LifetimesTest, OfARunEndInOrder) {
  runtime_.reset();
  expect_reports({"IRuntime is destroyed before its ICudaEngine"});
  const std::unique_ptr<nvinfer1::IEngineInspector> inspector(engine_->createEngineInspector());
  engine_.reset();
  expect_reports({"ICudaEngine is destroyed before its IExecutionContext",
                  "ICudaEngine is destroyed before its IEngineInspector"});
}

TEST_F(LifetimesTest, OfABuildAndARefitEndInOrder) {
  void* const parser_library = dlopen(ENGINERY_TEST_PARSER, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(parser_library, nullptr) << dlerror();
  const auto create = [&](void* library, const char* symbol, auto... arguments) {
    return reinterpret_cast<void* (*)(decltype(arguments)..., void*, int32_t)>(dlsym(library, symbol))(
        arguments..., &logger_, NV_TENSORRT_VERSION);
  };
  std::unique_ptr<nvinfer1::IBuilder> builder(
      static_cast<nvinfer1::IBuilder*>(create(library_, "createInferBuilder_INTERNAL")));
  const std::unique_ptr<nvinfer1::IBuilderConfig> config(builder->createBuilderConfig());
  std::unique_ptr<nvinfer1::INetworkDefinition> network(builder->createNetworkV2(0));
  builder.reset();
  expect_reports(
      {"IBuilder is destroyed before its IBuilderConfig", "IBuilder is destroyed before its INetworkDefinition"});
  const std::unique_ptr<nvonnxparser::IParser> parser(static_cast<nvonnxparser::IParser*>(
      create(parser_library, "createNvOnnxParser_INTERNAL", static_cast<void*>(network.get()))));
  network.reset();
  expect_reports({"INetworkDefinition is destroyed before its IParser"});

  request_.settings = {{"refit", "", 1}};
  load(test::identity_model());
  std::unique_ptr<nvinfer1::IRefitter> refitter(static_cast<nvinfer1::IRefitter*>(
      create(library_, "createInferRefitter_INTERNAL", static_cast<void*>(engine_.get()))));
  const std::unique_ptr<nvonnxparser::IParserRefitter> refits(static_cast<nvonnxparser::IParserRefitter*>(
      create(parser_library, "createNvOnnxParserRefitter_INTERNAL", static_cast<void*>(refitter.get()))));
  run_.reset();
  engine_.reset();
  expect_reports({"ICudaEngine is destroyed before its IRefitter"});
  refitter.reset();
  expect_reports({"IRefitter is destroyed before its IParserRefitter"});
}

#ifdef ENGINERY_FAMILY_RTX
TEST_F(LifetimesTest, OfARuntimeCacheEndAfterItsContexts) {
  const std::unique_ptr<nvinfer1::IRuntimeConfig> config(engine_->createRuntimeConfig());
  std::unique_ptr<nvinfer1::IRuntimeCache> cache(config->createRuntimeCache());
  EXPECT_TRUE(config->setRuntimeCache(*cache));
  const std::unique_ptr<nvinfer1::IExecutionContext> run(engine_->createExecutionContext(config.get()));
  cache.reset();
  expect_reports({"IRuntimeCache is destroyed before its IExecutionContext"});
}
#endif

}  // namespace
}  // namespace enginery
