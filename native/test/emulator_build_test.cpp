// @module-tag emulator
// @module-tag build
// The bridge against the emulated TensorRT: what is built, and what is refused, on the version that the library says
// it has.
#include <thread>

#include "core/model_support.h"
#include "emulator_tensorrt_fixture.h"

namespace enginery {
namespace {

class BuildTest : public EmulatedBuild {};

// Of 10.8.0 the interface of networks is another than the headers say.
TEST_F(BuildTest, TakesEveryVersionButTheBrokenOne) {
  EXPECT_EQ(build().code, version_ == 100800 ? "ENGINERY_LIBRARY_UNSUPPORTED" : "");
}

TEST_F(BuildTest, HasTheVersionThatIsSet) {
  const char* const set = std::getenv("ENGINERY_TEST_VERSION");
  const int32_t expected = set != nullptr ? std::atoi(set) : kHeaderVersion;
  EXPECT_EQ(version_, expected);
}

#ifdef ENGINERY_FAMILY_ENT10
TEST_F(BuildTest, ReportsFunctionsThatItsVersionDoesNotHave) {
  const auto create = reinterpret_cast<void* (*)(void*, int32_t)>(dlsym(library_, "createInferBuilder_INTERNAL"));
  const std::unique_ptr<nvinfer1::IBuilder> builder(
      static_cast<nvinfer1::IBuilder*>(create(&logger_, NV_TENSORRT_VERSION)));
  const std::unique_ptr<nvinfer1::IBuilderConfig> config(builder->createBuilderConfig());
  config->setMaxNbTactics(3);
  EXPECT_EQ(take_reports().find("IBuilderConfig::setMaxNbTactics is newer than this version") != std::string::npos,
            version_ < 100400);
}

TEST_F(BuildTest, TakesNoFlagsThatItsVersionDoesNotHave) {
  const auto create = reinterpret_cast<void* (*)(void*, int32_t)>(dlsym(library_, "createInferBuilder_INTERNAL"));
  const std::unique_ptr<nvinfer1::IBuilder> builder(
      static_cast<nvinfer1::IBuilder*>(create(&logger_, NV_TENSORRT_VERSION)));
  const std::unique_ptr<nvinfer1::IBuilderConfig> config(builder->createBuilderConfig());
  const auto strict = nvinfer1::BuilderFlag::kSTRICT_NANS;
  config->setFlags(1U << static_cast<uint32_t>(strict));
  EXPECT_EQ(config->getFlag(strict), version_ >= 100600) << logger_.errors;
}

TEST_F(BuildTest, TakesPrecisionsOfWeaklyTypedNetworksOnly) {
  request_.settings = {{"weaklyTyped.fp16", "", 1}};
  EXPECT_EQ(build().code, "ENGINERY_BUILD_FAILED");
  request_.settings.push_back({"weaklyTyped", "", 1});
  EXPECT_TRUE(build().ok());
}
#endif

TEST_F(BuildTest, WantsAProfileThatFits) {
  request_.ranges[0].max = {8, 5};
  EXPECT_EQ(build().code, "ENGINERY_BUILD_FAILED");
  request_.ranges[0].max = {1, 4};
  EXPECT_EQ(build().code, "ENGINERY_INVALID_PROFILE");
  request_.profiles = 0;
  request_.ranges.clear();
  const Status status = build();
  ASSERT_FALSE(status.log.empty());
  EXPECT_NE(status.log[0].message.find("no optimization profile has been defined"), std::string::npos);
}

TEST_F(BuildTest, NamesTheNodeThatItDoesNotTake) {
  request_.model_bytes = test::model({test::node("NoSuchOperator", {"x"}, {"y"})}, {test::tensor_value("x", 1, {"4"})},
                                     {test::tensor_value("y", 1, {"4"})});
  const Status status = build();
  EXPECT_EQ(status.code, "ENGINERY_PARSE_FAILED");
  ASSERT_EQ(status.parser_errors.size(), 1u);
  EXPECT_EQ(status.parser_errors[0].op, "NoSuchOperator");
  EXPECT_EQ(status.parser_errors[0].code, "UNSUPPORTED_NODE");
  request_.model_bytes = {0xff, 0xff, 0xff};
  EXPECT_EQ(build().code, "ENGINERY_PARSE_FAILED");
}

TEST_F(BuildTest, TakesNoNameLongerThanTensorRTDoes) {
  const auto build_named = [&](size_t length) {
    const std::string name(length, 'x');
    request_.ranges[0].input = name;
    request_.model_bytes =
        test::model({test::node("Identity", {name}, {"y"})}, {test::tensor_value(name, 1, {"batch", "4"})},
                    {test::tensor_value("y", 1, {"batch", "4"})});
    return build();
  };
  const Status longest = build_named(4095);
  EXPECT_TRUE(longest.ok()) << longest.message;
  std::filesystem::remove(request_.output);
  const Status longer = build_named(4096);
  EXPECT_EQ(longer.code, "ENGINERY_PARSE_FAILED");
  ASSERT_EQ(longer.parser_errors.size(), 1u);
  EXPECT_NE(longer.parser_errors[0].description.find("longer than 4096 bytes"), std::string::npos);
}

TEST_F(BuildTest, TellsWhichNodesItTakes) {
  if (ENGINERY_ENTERPRISE && version_ < 100100) return;
  SupportRequest request;
  request.library = request_.library;
  request.parser = request_.parser;
  request.model_bytes = test::model(
      {test::node("Relu", {"x"}, {"a"}), test::node("NoSuchOperator", {"a"}, {"b"}), test::node("Relu", {"b"}, {"y"})},
      {test::tensor_value("x", 1, {"4"})}, {test::tensor_value("y", 1, {"4"})});
  SupportResult result;
  ASSERT_TRUE(describe_support(request, result).ok());
  EXPECT_FALSE(result.supported);
  ASSERT_EQ(result.subgraphs.size(), 2u);
  EXPECT_EQ(result.subgraphs[1].nodes, (std::vector<int64_t>{2}));
}

TEST_F(BuildTest, StopsWhenItIsAskedTo) {
  std::atomic<bool> cancelled{false};
  const BuildObserver observer{[&](const BuildProgress&) { cancelled = true; }, [](const LogLine&) {}};
  request_.progress = true;
  EXPECT_EQ(build_engine(request_, observer, cancelled, result_).code, "CANCELLED");
  EXPECT_FALSE(std::filesystem::exists(request_.output));
}

TEST_F(BuildTest, FailsAsPlannedWithTheReasonInTheLogAlone) {
  emuSet("fail IBuilder::buildSerializedNetwork 1 1\nfail createInferBuilder 2 1");
  const Status failed = build();
  EXPECT_EQ(failed.code, "ENGINERY_BUILD_FAILED");
  ASSERT_FALSE(failed.log.empty());
  EXPECT_NE(failed.log[0].message.find("planned failure"), std::string::npos);
  const Status no_builder = build();
  EXPECT_EQ(no_builder.message, "TensorRT could not create a builder");
  EXPECT_TRUE(build().ok());
}

#if ENGINERY_ENTERPRISE
TEST_F(BuildTest, KeepsWhatItTimed) {
  request_.timing_cache = folder_.path / "timing.cache";
  ASSERT_TRUE(build().ok());
  std::filesystem::remove(request_.output);
  request_.settings = {{"errorOnTimingCacheMiss", "", 1}};
  EXPECT_TRUE(build().ok());
  std::filesystem::remove(request_.output);
  request_.model_bytes = test::model({test::node("Relu", {"x"}, {"z"})}, {test::tensor_value("x", 1, {"batch", "4"})},
                                     {test::tensor_value("z", 1, {"batch", "4"})});
  EXPECT_EQ(build().code, "ENGINERY_BUILD_FAILED");
}

TEST_F(BuildTest, MergesWhatBuildsAtTheSameTimeTimed) {
  request_.timing_cache = folder_.path / "timing.cache";
  std::vector<BuildRequest> requests;
  for (const std::string output : {"a", "b", "c"}) {
    BuildRequest& request = requests.emplace_back(request_);
    request.output = folder_.path / output;
    request.model_bytes =
        test::model({test::node("Relu", {"x"}, {output})}, {test::tensor_value("x", 1, {"batch", "4"})},
                    {test::tensor_value(output, 1, {"batch", "4"})});
  }
  const auto build = [](const BuildRequest& request) {
    BuildResult result;
    const BuildObserver observer{[](const BuildProgress&) {}, [](const LogLine&) {}};
    return build_engine(request, observer, std::atomic<bool>(false), result);
  };
  std::vector<std::thread> threads;
  for (const BuildRequest& request : requests) {
    threads.emplace_back([&] { EXPECT_TRUE(build(request).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  for (BuildRequest& request : requests) {
    std::filesystem::remove(request.output);
    request.settings = {{"errorOnTimingCacheMiss", "", 1}};
    const Status status = build(request);
    EXPECT_TRUE(status.ok()) << request.output << ": " << status.message;
  }
}

TEST_F(BuildTest, LeavesATimingCacheOfAnotherVersionAlone) {
  request_.timing_cache = folder_.path / "timing.cache";
  std::ofstream(request_.timing_cache) << "emulated timing cache\n90000 on 89\n";
  ASSERT_TRUE(build().ok());
  EXPECT_EQ(std::filesystem::file_size(request_.timing_cache), 34u);
}
#endif

}  // namespace
}  // namespace enginery
