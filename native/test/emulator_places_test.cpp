// @no-feature tests the emulator, not what runs on it
// Where the emulated TensorRT wants outputs to lie: over an input, or in the CPU's memory.
#include "emulator_tensorrt_fixture.h"

namespace enginery {
namespace {

using nvinfer1::Dims2;
using nvinfer1::Dims3;
using nvinfer1::TensorLocation;

class PlacesTest : public EmulatedTensorRT {
 protected:
  void SetUp() override {
    EmulatedTensorRT::SetUp();
    stream_ = stream();
  }

  void expect_report(const std::string& part) {
    const std::string reports = take_reports();
    EXPECT_NE(reports.find(part), std::string::npos) << reports;
  }

  CUstream stream_ = nullptr;
};

TEST_F(PlacesTest, WantsAnAliasAtTheAddressOfItsInput) {
  request_.ranges = {{0, "past", false, {1, 8, 4}, {1, 8, 4}, {4, 8, 4}},
                     {0, "update", false, {1, 1, 4}, {1, 1, 4}, {4, 4, 4}},
                     {0, "at", false, {1}, {1}, {4}}};
  load(test::cache_model());
  EXPECT_STREQ(engine_->getAliasedInputTensor("now"), "past");
  for (const char* const other : {"past", "update", "at", "twice", "none"}) {
    EXPECT_EQ(engine_->getAliasedInputTensor(other), nullptr) << other;
  }
  const CUdeviceptr past = device(128);
  const std::vector<std::pair<const char*, CUdeviceptr>> places{
      {"past", past}, {"update", device(16)}, {"at", device(8)}, {"twice", device(16)}, {"now", device(128)}};
  EXPECT_TRUE(run_->setInputShape("past", Dims3{1, 8, 4}));
  EXPECT_TRUE(run_->setInputShape("update", Dims3{1, 1, 4}));
  EXPECT_TRUE(run_->setInputShape("at", nvinfer1::Dims{1, {1}}));
  for (const auto& [name, memory] : places) EXPECT_TRUE(run_->setTensorAddress(name, address(memory)));
  std::vector<float> cache(32);
  const std::vector<float> update{1, 2, 3, 4};
  const int64_t at = 5;
  upload(past, cache.data(), 128, stream_);
  upload(places[1].second, update.data(), 16, stream_);
  upload(places[2].second, &at, sizeof at, stream_);
  EXPECT_FALSE(run_->enqueueV3(stream_));
  expect_report("now must have the address of past");
  EXPECT_TRUE(run_->setTensorAddress("now", address(past)));
  EXPECT_TRUE(run_->enqueueV3(stream_)) << logger_.errors;
  std::copy(update.begin(), update.end(), cache.begin() + 20);
  const std::string result = download(past, 128, stream_);
  EXPECT_EQ(std::memcmp(result.data(), cache.data(), 128), 0);
}

class ShapePlacesTest : public PlacesTest {
 protected:
  void SetUp() override {
    PlacesTest::SetUp();
    load(test::shape_model());
    in_ = device(128);
    upload(in_, std::string(128, 'x').data(), 128, stream_);
    EXPECT_TRUE(run_->setTensorAddress("x", address(in_)));
    EXPECT_TRUE(run_->setTensorAddress("minus", address(device(128))));
    EXPECT_TRUE(run_->setInputShape("x", Dims2{3, 4}));
  }

  void set_host_addresses() {
    EXPECT_TRUE(run_->setTensorAddress("dims", dims_));
    EXPECT_TRUE(run_->setTensorAddress("size", &size_));
  }

  CUdeviceptr in_ = 0;
  int64_t dims_[2]{};
  int64_t size_ = 0;
};

TEST_F(ShapePlacesTest, SaysWhichOutputsAreTheCpus) {
  for (const char* const name : {"dims", "size"}) {
    EXPECT_EQ(engine_->getTensorLocation(name), TensorLocation::kHOST);
    EXPECT_TRUE(engine_->isShapeInferenceIO(name));
  }
  for (const char* const name : {"x", "minus"}) {
    EXPECT_EQ(engine_->getTensorLocation(name), TensorLocation::kDEVICE);
    EXPECT_FALSE(engine_->isShapeInferenceIO(name));
  }
}

TEST_F(ShapePlacesTest, WantsAnAddressOfTheCpus) {
  EXPECT_FALSE(run_->enqueueV3(stream_));
  expect_report("the address of dims is not set");
  EXPECT_FALSE(run_->setTensorAddress("dims", address(device(16))));
  expect_report("the shape tensor dims must lie in host memory");
}

TEST_F(ShapePlacesTest, WritesShapesWhenItInfersThemAndWhenItRuns) {
  set_host_addresses();
  EXPECT_EQ(run_->inferShapes(0, nullptr), 0);
  EXPECT_EQ(dims_[0], 3);
  EXPECT_EQ(dims_[1], 4);
  EXPECT_EQ(size_, 12);
  EXPECT_TRUE(run_->setInputShape("x", Dims2{8, 4}));
  EXPECT_TRUE(run_->enqueueV3(stream_));
  EXPECT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  EXPECT_EQ(dims_[0], 8);
  EXPECT_EQ(size_, 32);
}

TEST_F(ShapePlacesTest, AGraphDoesNotWriteThemAgain) {
  set_host_addresses();
  EXPECT_TRUE(run_->enqueueV3(stream_));
  EXPECT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  size_ = 0;
  CUgraph graph = nullptr;
  CUgraphExec exec = nullptr;
  ASSERT_EQ(cuStreamBeginCapture(stream_, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), CUDA_SUCCESS);
  EXPECT_TRUE(run_->enqueueV3(stream_));
  ASSERT_EQ(cuStreamEndCapture(stream_, &graph), CUDA_SUCCESS);
  ASSERT_EQ(cuGraphInstantiate(&exec, graph, 0), CUDA_SUCCESS);
  EXPECT_EQ(std::exchange(size_, 0), 12);
  EXPECT_EQ(cuGraphLaunch(exec, stream_), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  EXPECT_EQ(size_, 0);
  cuGraphExecDestroy(exec);
  cuGraphDestroy(graph);
}

}  // namespace
}  // namespace enginery
