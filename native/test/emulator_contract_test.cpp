// @no-feature tests the emulator, not what runs on it
// The emulated TensorRT keeps the real one's contract: every breach is a report, a failure and a line in the log.
#include <thread>

#include "emulator_tensorrt_fixture.h"

namespace enginery {
namespace {

using nvinfer1::Dims2;

class ContractTest : public EmulatedTensorRT {
 protected:
  void SetUp() override {
    EmulatedTensorRT::SetUp();
    load(test::identity_model());
    stream_ = stream();
    in_ = device(128);
    out_ = device(128);
    upload(in_, std::string(128, 'x').data(), 128, stream_);
    ASSERT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  }

  void prepare() {
    EXPECT_TRUE(run_->setInputShape("x", Dims2{1, 4}));
    EXPECT_TRUE(run_->setTensorAddress("x", address(in_)));
    EXPECT_TRUE(run_->setTensorAddress("y", address(out_)));
  }

  void expect_report(const std::string& part) {
    const std::string reports = take_reports();
    EXPECT_NE(reports.find(part), std::string::npos) << reports;
    EXPECT_NE(logger_.errors.find(part), std::string::npos) << logger_.errors;
  }

  CUstream stream_ = nullptr;
  CUdeviceptr in_ = 0;
  CUdeviceptr out_ = 0;
};

TEST_F(ContractTest, WantsEveryAddress) {
  EXPECT_TRUE(run_->setInputShape("x", Dims2{1, 4}));
  EXPECT_TRUE(run_->setTensorAddress("x", address(in_)));
  EXPECT_FALSE(run_->enqueueV3(stream_));
  expect_report("the address of y is not set");
}

TEST_F(ContractTest, WantsEveryShape) {
  EXPECT_TRUE(run_->setTensorAddress("x", address(in_)));
  EXPECT_TRUE(run_->setTensorAddress("y", address(out_)));
  EXPECT_FALSE(run_->enqueueV3(stream_));
  expect_report("the shape or address of input x is not set");
}

TEST_F(ContractTest, WantsAlignedAddresses) {
  EXPECT_FALSE(run_->setTensorAddress("x", address(in_ + 16)));
  expect_report("not aligned to 256 bytes");
}

TEST_F(ContractTest, WantsShapesWithinTheProfile) {
  EXPECT_FALSE(run_->setInputShape("x", Dims2{9, 4}));
  expect_report("[9, 4] of x is not within profile 0");
}

TEST_F(ContractTest, RunsOneAtATime) {
  emuSet("latency launch=50ms");
  prepare();
  EXPECT_TRUE(run_->enqueueV3(stream_));
  EXPECT_TRUE(run_->enqueueV3(stream_)) << "one after the other on one stream";
  EXPECT_FALSE(run_->enqueueV3(stream()));
  expect_report("still on another stream");
}

TEST_F(ContractTest, SeesInputsThatHaveNotArrived) {
  emuSet("latency copy=20ms");
  prepare();
  upload(in_, "sixteen bytes in", 16, stream());
  EXPECT_TRUE(run_->enqueueV3(stream_));
  ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  EXPECT_NE(take_reports(), "");
}

TEST_F(ContractTest, RunsContextsSideBySide) {
  constexpr int kContexts = 4;
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  std::vector<CUstream> streams;
  std::vector<CUdeviceptr> memory;
  std::vector<unsigned char*> staging;
  for (int i = 0; i < kContexts; ++i) {
    streams.push_back(stream());
    staging.push_back(pinned(32));
    for (int j = 0; j < 2; ++j) memory.push_back(device(16));
  }
  for (int i = 0; i < kContexts; ++i) {
    threads.emplace_back([&, i] {
      cuCtxSetCurrent(context_);
      const std::unique_ptr<nvinfer1::IExecutionContext> run(engine_->createExecutionContext());
      run->setInputShape("x", Dims2{1, 4});
      run->setTensorAddress("x", address(memory[2 * i]));
      run->setTensorAddress("y", address(memory[2 * i + 1]));
      for (int j = 0; j < 50; ++j) {
        std::memset(staging[i], i * 50 + j, 16);
        cuMemcpyHtoDAsync(memory[2 * i], staging[i], 16, streams[i]);
        const bool enqueued = run->enqueueV3(streams[i]);
        cuMemcpyDtoHAsync(staging[i] + 16, memory[2 * i + 1], 16, streams[i]);
        cuStreamSynchronize(streams[i]);
        if (enqueued && std::memcmp(staging[i], staging[i] + 16, 16) == 0) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, kContexts * 50) << logger_.errors;
}

TEST_F(ContractTest, WantsTheEnginesContextCurrent) {
  prepare();
  ASSERT_EQ(cuCtxSetCurrent(nullptr), CUDA_SUCCESS);
  EXPECT_FALSE(run_->enqueueV3(stream_));
  EXPECT_EQ(engine_->createExecutionContext(), nullptr);
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  expect_report("the current CUDA context is not the one of the engine");
}

TEST_F(ContractTest, WantsOneRunBeforeACapture) {
  prepare();
  CUgraph graph = nullptr;
  ASSERT_EQ(cuStreamBeginCapture(stream_, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), CUDA_SUCCESS);
  EXPECT_FALSE(run_->enqueueV3(stream_));
  EXPECT_EQ(cuStreamEndCapture(stream_, &graph), CUDA_SUCCESS);
  if (graph != nullptr) cuGraphDestroy(graph);
  expect_report("captured before it has run once");
}

TEST_F(ContractTest, WantsItsOrderOfDestruction) {
  runtime_.reset();
  expect_report("IRuntime is destroyed before its ICudaEngine");
  engine_.reset();
  expect_report("ICudaEngine is destroyed before its IExecutionContext");
}

TEST_F(ContractTest, WantsItsWorkDoneBeforeItGoes) {
  emuSet("latency launch=20ms");
  prepare();
  EXPECT_TRUE(run_->enqueueV3(stream_));
  run_.reset();
  const std::string reports = take_reports();
  EXPECT_NE(reports.find("destroyed while its work is on a stream"), std::string::npos) << reports;
  cuStreamSynchronize(stream_);
  take_reports();
}

TEST_F(ContractTest, FailsAsPlanned) {
  prepare();
  emuSet("fail IExecutionContext::enqueueV3 2 1");
  EXPECT_TRUE(run_->enqueueV3(stream_));
  EXPECT_FALSE(run_->enqueueV3(stream_));
  EXPECT_NE(logger_.errors.find("IExecutionContext::enqueueV3: planned failure 1"), std::string::npos);
  EXPECT_TRUE(run_->enqueueV3(stream_));
}

TEST_F(ContractTest, SaysWhatIsNotEmulated) {
  EXPECT_FALSE(run_->executeV2(nullptr));
  expect_report("IExecutionContext::executeV2 is not emulated");
}

TEST_F(ContractTest, RefusesADamagedPlan) {
  request_.model_bytes = test::identity_model();
  std::string bytes = plan();
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_EQ(runtime_->deserializeCudaEngine(bytes.data(), bytes.size()), nullptr);
  EXPECT_NE(logger_.errors.find("cut short or damaged"), std::string::npos);
  bytes[24] ^= 1;
  EXPECT_EQ(runtime_->deserializeCudaEngine(bytes.data(), bytes.size()), nullptr);
  EXPECT_NE(logger_.errors.find("Version tag does not match"), std::string::npos);
}

TEST_F(ContractTest, RefusesAnotherDevice) {
  request_.model_bytes = test::identity_model();
  if (!ENGINERY_ENTERPRISE) request_.settings = {{"targets", "sm120", 0}};
  const std::string bytes = plan();
  emuSet("device 1 cc=7.5");
  CUcontext other = nullptr;
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&other, 1), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(other), CUDA_SUCCESS);
  EXPECT_EQ(runtime_->deserializeCudaEngine(bytes.data(), bytes.size()), nullptr);
  EXPECT_NE(logger_.errors.find("not compatible with this device"), std::string::npos) << logger_.errors;
  ASSERT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
  EXPECT_EQ(cuDevicePrimaryCtxRelease(1), CUDA_SUCCESS);
}

}  // namespace
}  // namespace enginery
