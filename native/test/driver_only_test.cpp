// @module-tag emulator
// @module-tag graphs
// @module-tag memory
// @module-tag streams
// The emulated TensorRT over a driver alone: engines copy x to y on the stream that they are given, as on a real GPU
// they would compute. ENGINERY_CUDA_LIBRARY names the driver; else it is the emulated one without the emulator's
// interface.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "core/cuda_event.h"
#include "core/cuda_stream.h"
#include "core/loaded_engine.h"
#include "onnx_model.h"
#include "temporary_folder.h"

namespace enginery {
namespace {

const bool kOwnDriver = std::getenv("ENGINERY_CUDA_LIBRARY") == nullptr;
constexpr int32_t kCaptureModeThreadLocal = 1;
constexpr size_t kFloats = 4096;
constexpr size_t kBytes = kFloats * sizeof(float);

// Beside this program: with what lies there it can be carried to another machine.
std::string file(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "emulator" / name;
}

struct Family {
  const char* name;
  const char* library;
  const char* parser;
};

class DriverOnlyTest : public testing::TestWithParam<Family> {
 protected:
  void SetUp() override {
    if (std::getenv("ENGINERY_ONNXRUNTIME_LIBRARY") == nullptr) {
      GTEST_SKIP() << "ENGINERY_ONNXRUNTIME_LIBRARY is not set";  // builds read the model with it
    }
    setenv("ENGINERY_CUDA_LIBRARY", file("driver/libcuda.so.1").c_str(), 0);
    options_.driver = std::getenv("ENGINERY_CUDA_LIBRARY");
    const Status opened = CudaDevice::open(options_.driver, 0, device_);
    ASSERT_TRUE(opened.ok()) << opened.message;
    ASSERT_TRUE(device_->enter(entered_).ok());
    ASSERT_NO_FATAL_FAILURE(build());
  }

  void build() {
    BuildRequest request;
    request.library = options_.library = file(GetParam().library);
    request.parser = file(GetParam().parser);
    request.model_bytes = test::identity_model();
    request.output = options_.plan_path = folder_.path / "plan";
    request.profiles = 1;
    request.ranges = {{0, "x", false, {1, 4}, {8, 4}, {4096, 4}}};
    BuildResult result;
    const BuildObserver observer{[](const BuildProgress&) {}, [](const LogLine&) {}};
    const Status status = build_engine(request, observer, std::atomic<bool>(false), result);
    ASSERT_TRUE(status.ok()) << status.message;
  }

  // An engine, a context and a stream, ready to run.
  void open() {
    const Status loaded = LoadedEngine::load(options_, engine_);
    ASSERT_TRUE(loaded.ok()) << loaded.message;
    callbacks_.log = [](void*, int32_t, const char*) {};
    const EngineryBridgeContextOptions options{};
    EngineryBridgeResult result{};
    ASSERT_EQ(bridge().create_context(engine_->handle(), &options, &callbacks_, &result, &context_),
              ENGINERY_BRIDGE_OK);
    ASSERT_TRUE(CudaStream::open(device_, stream_).ok());
    ASSERT_TRUE(CudaEvent::open(device_, done_).ok());
    ASSERT_TRUE(device_->allocate(kBytes, in_).ok());
    ASSERT_TRUE(device_->allocate(kBytes, out_).ok());
    ASSERT_TRUE(device_->allocate_pinned(kBytes, pinned_in_).ok());
    ASSERT_TRUE(device_->allocate_pinned(kBytes, pinned_out_).ok());
    const int64_t dims[] = {kFloats / 4, 4};
    ASSERT_EQ(bridge().set_profile(context_, 0, stream_->handle()), 1);
    ASSERT_EQ(bridge().set_shape(context_, 0, 2, dims), 1);
    ASSERT_EQ(bridge().set_address(context_, 0, in_.get()), 1);
    ASSERT_EQ(bridge().set_address(context_, 1, out_.get()), 1);
  }

  void close() {
    if (context_ != nullptr) bridge().destroy_context(context_);
    context_ = nullptr;
    done_.reset();
    stream_.reset();
    for (auto* memory : {&in_, &out_, &pinned_in_, &pinned_out_}) memory->reset();
    engine_.reset();
  }

  void TearDown() override { close(); }

  const EngineryBridgeExecution& bridge() const { return engine_->bridge(); }
  const CudaDriver& cuda() const { return device_->driver(); }
  static CudaAddress address(const std::shared_ptr<void>& memory) {
    return reinterpret_cast<CudaAddress>(memory.get());
  }

  // Staging to the device, the engine, and back: enqueued, or captured.
  void enqueue() {
    EXPECT_EQ(cuda().cuMemcpyHtoDAsync_v2(address(in_), pinned_in_.get(), kBytes, stream_->handle()), kCudaSuccess);
    EXPECT_EQ(bridge().enqueue(context_, stream_->handle()), 1);
    EXPECT_EQ(cuda().cuMemcpyDtoHAsync_v2(pinned_out_.get(), address(out_), kBytes, stream_->handle()), kCudaSuccess);
  }

  void feed(float first) {
    for (size_t i = 0; i < kFloats; ++i) static_cast<float*>(pinned_in_.get())[i] = first + static_cast<float>(i);
    std::memset(pinned_out_.get(), 0, kBytes);
  }

  void expect_copied() {
    ASSERT_TRUE(done_->record(*stream_).ok());
    ASSERT_TRUE(done_->wait().ok());
    EXPECT_EQ(std::memcmp(pinned_in_.get(), pinned_out_.get(), kBytes), 0);
  }

  const test::TemporaryFolder folder_;
  EngineOptions options_;
  std::shared_ptr<CudaDevice> device_;
  CudaDevice::Entered entered_;
  std::unique_ptr<LoadedEngine> engine_;
  EngineryBridgeCallbacks callbacks_{};
  EngineryContext* context_ = nullptr;
  std::unique_ptr<CudaStream> stream_;
  std::unique_ptr<CudaEvent> done_;
  std::shared_ptr<void> in_, out_, pinned_in_, pinned_out_;
};

TEST_P(DriverOnlyTest, RunsOnTheStream) {
  ASSERT_NO_FATAL_FAILURE(open());
  for (int i = 0; i < 100; ++i) {
    feed(static_cast<float>(i));
    enqueue();
    expect_copied();
  }
}

TEST_P(DriverOnlyTest, IsCapturedIntoAGraph) {
  ASSERT_NO_FATAL_FAILURE(open());
  feed(0);
  enqueue();
  expect_copied();

  CudaGraphHandle graph = nullptr;
  CudaGraphExecHandle executable = nullptr;
  ASSERT_EQ(cuda().cuStreamBeginCapture_v2(stream_->handle(), kCaptureModeThreadLocal), kCudaSuccess);
  enqueue();
  ASSERT_EQ(cuda().cuStreamEndCapture(stream_->handle(), &graph), kCudaSuccess);
  ASSERT_EQ(cuda().cuGraphInstantiateWithFlags(&executable, graph, 0), kCudaSuccess);
  for (int i = 0; i < 100; ++i) {
    feed(static_cast<float>(1000 * i));
    EXPECT_EQ(cuda().cuGraphLaunch(executable, stream_->handle()), kCudaSuccess);
    expect_copied();
  }
  EXPECT_EQ(cuda().cuGraphExecDestroy(executable), kCudaSuccess);
  EXPECT_EQ(cuda().cuGraphDestroy(graph), kCudaSuccess);
}

// Of the whole GPU, on which others may work, and of which the driver takes some for itself at the first copy.
TEST_P(DriverOnlyTest, GivesAllMemoryBack) {
  const auto free_bytes = [this] {
    size_t free = 0;
    size_t total = 0;
    EXPECT_EQ(cuda().cuMemGetInfo_v2(&free, &total), kCudaSuccess);
    return free;
  };
  const auto open_run_close = [this] {
    ASSERT_NO_FATAL_FAILURE(open());
    feed(1);
    enqueue();
    expect_copied();
    close();
  };
  ASSERT_NO_FATAL_FAILURE(open_run_close());  // what the pool keeps of it is there from now on
  const size_t before = free_bytes();
  for (int i = 0; i < 1000; ++i) ASSERT_NO_FATAL_FAILURE(open_run_close());
  const size_t of_others = kOwnDriver ? 0 : 8 << 20;  // half of what a thousand inputs take
  EXPECT_GE(free_bytes() + of_others, before);
}

INSTANTIATE_TEST_SUITE_P(All, DriverOnlyTest,
                         testing::Values(Family{"rtx", "rtx/libtensorrt_rtx.so.1",
                                                "rtx/libtensorrt_onnxparser_rtx.so.1"},
                                         Family{"ent11", "ent11/libnvinfer.so.11", "ent11/libnvonnxparser.so.11"},
                                         Family{"ent10", "ent10/libnvinfer.so.10", "ent10/libnvonnxparser.so.10"}),
                         [](const auto& it) { return it.param.name; });

}  // namespace
}  // namespace enginery
