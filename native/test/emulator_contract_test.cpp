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

TEST_F(ContractTest, IsEnteredByOneThreadAtATime) {
  emuSet("calls on\nhang IExecutionContext::inferShapes 1");
  std::thread inside([&] {
    cuCtxSetCurrent(context_);
    run_->inferShapes(0, nullptr);
  });
  while (text_of(emuCalls).find("inferShapes") == std::string::npos) std::this_thread::yield();
  EXPECT_FALSE(run_->setInputShape("x", Dims2{1, 4}));
  emuSet("reset\ncalls off");
  inside.join();
  expect_report("IExecutionContext::setInputShape is called while another thread is inside the same object");
  EXPECT_TRUE(run_->setInputShape("x", Dims2{1, 4}));
}

// Graphs hold runs that nobody counts: they meet on the device.
TEST_F(ContractTest, FindsARunThatMeetsAnother) {
  request_.ranges = {{0, "x", false, {512, 512}, {512, 512}, {512, 512}}};
  load(test::heavy_model(20));
  constexpr size_t kBytes = 512 * 512 * sizeof(float);
  EXPECT_TRUE(run_->setInputShape("x", Dims2{512, 512}));
  EXPECT_TRUE(run_->setTensorAddress("x", address(device(kBytes))));
  EXPECT_TRUE(run_->setTensorAddress("y", address(device(kBytes))));
  EXPECT_TRUE(run_->enqueueV3(stream_));
  ASSERT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  const CUstream other = stream();
  CUgraphExec execs[2]{};
  for (CUgraphExec& exec : execs) {
    CUgraph graph = nullptr;
    ASSERT_EQ(cuStreamBeginCapture(stream_, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), CUDA_SUCCESS);
    EXPECT_TRUE(run_->enqueueV3(stream_));
    ASSERT_EQ(cuStreamEndCapture(stream_, &graph), CUDA_SUCCESS);
    ASSERT_EQ(cuGraphInstantiate(&exec, graph, 0), CUDA_SUCCESS);
    ASSERT_EQ(cuGraphDestroy(graph), CUDA_SUCCESS);
  }
  const std::string report = "an IExecutionContext is run twice at once";
  for (int i = 0; i < 20 && text_of(emuReports).find(report) == std::string::npos; ++i) {  // they may just not meet
    EXPECT_EQ(cuGraphLaunch(execs[0], stream_), CUDA_SUCCESS);
    EXPECT_EQ(cuGraphLaunch(execs[1], other), CUDA_SUCCESS);
    ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  }
  expect_report(report);
  for (const CUgraphExec exec : execs) EXPECT_EQ(cuGraphExecDestroy(exec), CUDA_SUCCESS);
}

TEST_F(ContractTest, SaysThatARunComputedNothing) {
  load(test::model({test::node("Gather", {"x", "at"}, {"y"})},
                   {test::tensor_value("x", 1, {"batch", "4"}), test::tensor_value("at", 7, {"1"})},
                   {test::tensor_value("y", 1, {"1", "4"})}));
  const int64_t at = 99;  // found out when it runs
  const CUdeviceptr place = device(sizeof at);
  upload(place, &at, sizeof at, stream_);
  prepare();
  EXPECT_TRUE(run_->setTensorAddress("at", address(place)));
  EXPECT_TRUE(run_->enqueueV3(stream_)) << logger_.errors;
  ASSERT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  expect_report("enqueueV3: the outputs were not computed");
}

TEST_F(ContractTest, SaysThatAnOutputHasAnotherShapeThanItToldBefore) {
  const std::string to_int64 = test::bytes(5, test::bytes(1, "to") + test::number(3, 7) + test::number(20, 2));
  load(test::model({test::node("Cast", {"s"}, {"shape"}) + to_int64, test::node("Reshape", {"x", "shape"}, {"y"})},
                   {test::tensor_value("x", 1, {"batch", "4"}), test::tensor_value("s", 1, {"2"})},
                   {test::tensor_value("y", 1, {"rows", "columns"})}));
  const float shape[] = {4, 1};  // zeros, which the emulator tries, stand for the shape of x
  const CUdeviceptr place = device(sizeof shape);
  upload(place, shape, sizeof shape, stream_);
  prepare();
  EXPECT_TRUE(run_->setTensorAddress("s", address(place)));
  EXPECT_TRUE(run_->enqueueV3(stream_)) << logger_.errors;
  ASSERT_EQ(cuStreamSynchronize(stream_), CUDA_SUCCESS);
  expect_report("enqueueV3: the outputs were not computed");
}

TEST_F(ContractTest, WantsAlignedMemoryOfAllocators) {
  class Allocator final : public nvinfer1::IOutputAllocator {
   public:
    explicit Allocator(void* memory) : memory_(memory) {}
    void* reallocateOutputAsync(const char*, void*, uint64_t, uint64_t, cudaStream_t) override { return memory_; }
    void notifyShape(const char*, const nvinfer1::Dims&) noexcept override {}

   private:
    void* const memory_;
  } allocator(address(out_ + 16));
  prepare();
  EXPECT_TRUE(run_->setOutputAllocator("y", &allocator));
  EXPECT_FALSE(run_->enqueueV3(stream_));
  expect_report("the IOutputAllocator gave memory that is not aligned");
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
