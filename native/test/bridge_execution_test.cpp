// @module-tag emulator
// @module-tag streams
// @module-tag output-sizes
// @module-tag profiles
// Runs through the bridges.
#include <thread>

#include "bridge_execution_fixture.h"

namespace enginery {
namespace {

// Memory for one output, and the shape that was said of it.
struct GivenOutput {
  GivenOutput() {
    allocator.user = this;
    allocator.reallocate = [](void* self, int32_t place, uint64_t size) -> void* {
      auto& given = *static_cast<GivenOutput*>(self);
      given.place = place;
      return size <= given.size ? given.memory : nullptr;
    };
    allocator.shape = [](void* self, int32_t, int32_t rank, const int64_t* dims) {
      static_cast<GivenOutput*>(self)->dims.assign(dims, dims + rank);
    };
  }

  EngineryBridgeOutputAllocator allocator{};
  void* memory = nullptr;
  uint64_t size = 0;
  int32_t place = -1;
  std::vector<int64_t> dims;
};

using BridgeExecutionTest = BridgeFixture;
INSTANTIATE_TEST_SUITE_P(Families, BridgeExecutionTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(BridgeExecutionTest, RunsShapesOfEachProfile) {
  open(identity_plan());
  const std::vector<float> few{1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<float> many(64, 0.5F);
  EXPECT_EQ(run(execution_, 0, {2, 4}, few), few);
  EXPECT_EQ(run(execution_, 1, {16, 4}, many), many);
  EXPECT_EQ(run(execution_, 1, {16, 4}, many), many);
  EXPECT_EQ(run(execution_, 0, {2, 4}, few), few);
  EXPECT_EQ(running_.log, "");
}

TEST_P(BridgeExecutionTest, KnowsTheShapesOfOutputs) {
  open(build(GetParam(),
             test::model({test::node("Transpose", {"x"}, {"y"})}, {test::tensor_value("x", 1, {"batch", "4"})},
                         {test::tensor_value("y", 1, {"4", "batch"})}),
             {{0, "x", false, {1, 4}, {2, 4}, {8, 4}}}));
  ASSERT_EQ(set_shape(0, {3, 4}), 1) << running_.log;
  EXPECT_EQ(output_dims(1), (std::vector<int64_t>{4, 3}));
}

TEST_P(BridgeExecutionTest, RefusesShapesOutsideTheProfile) {
  open(identity_plan());
  EXPECT_EQ(set_shape(0, {9, 4}), 0);
  EXPECT_TRUE(running_.heard("[9, 4] of x is not within profile 0")) << running_.log;
  EXPECT_NE(take_reports(), "");
  EXPECT_EQ(set_shape(0, {1, 1, 1, 1, 1, 1, 1, 1, 1}), 0);
  EXPECT_TRUE(running_.heard("more dimensions than TensorRT knows")) << running_.log;
  EXPECT_EQ(bridge().set_profile(execution_, 2, stream_), 0);
  EXPECT_TRUE(running_.heard("there is no profile 2")) << running_.log;
}

TEST_P(BridgeExecutionTest, ReadsShapesFromTheCpusMemory) {
  open(build(GetParam(),
             test::model({test::node("Reshape", {"x", "shape"}, {"y"})},
                         {test::tensor_value("x", 1, {"batch", "4"}), test::tensor_value("shape", 7, {"2"})},
                         {test::tensor_value("y", 1, {"rows", "columns"})}),
             {{0, "x", false, {1, 4}, {2, 4}, {8, 4}}, {0, "shape", true, {1, 1}, {4, 2}, {32, 32}}}));
  EXPECT_EQ(tensor(1).host, 1);
  EXPECT_EQ(bounds(0, 1), "1 1 / 4 2 / 32 32 ");
  int64_t shape[] = {4, 2};
  ASSERT_EQ(set_shape(0, {2, 4}), 1) << running_.log;
  ASSERT_EQ(bridge().set_address(execution_, 1, shape), 1) << running_.log;
  EXPECT_EQ(output_dims(2), (std::vector<int64_t>{4, 2}));
}

TEST_P(BridgeExecutionTest, TakesMemoryForOutputsWhoseSizeTheRunTells) {
  open(build(GetParam(),
             test::model({test::node("NonZero", {"x"}, {"y"})}, {test::tensor_value("x", 1, {"batch", "4"})},
                         {test::tensor_value("y", 7, {"2", "found"})}),
             {{0, "x", false, {1, 4}, {2, 4}, {8, 4}}}));
  const float values[] = {0, 5, 0, 6};
  const CUdeviceptr in = device(sizeof values);
  const CUdeviceptr out = device(4096);
  auto* const staging = pinned(sizeof values);
  std::memcpy(staging, values, sizeof values);
  EXPECT_EQ(cuMemcpyHtoDAsync(in, staging, sizeof values, stream_), CUDA_SUCCESS);
  GivenOutput given;
  given.memory = reinterpret_cast<void*>(out);
  ASSERT_EQ(set_shape(0, {1, 4}), 1);
  ASSERT_EQ(bridge().set_address(execution_, 0, reinterpret_cast<void*>(in)), 1);
  EXPECT_EQ(output_dims(1), (std::vector<int64_t>{2, -1}));
  ASSERT_EQ(bridge().set_output_allocator(execution_, 1, &given.allocator), 1);
  EXPECT_EQ(bridge().enqueue(execution_, stream_), 0) << "there was no memory";
  EXPECT_TRUE(running_.heard("gave no memory")) << running_.log;
  given.size = 4096;
  ASSERT_EQ(bridge().enqueue(execution_, stream_), 1) << running_.log;
  EXPECT_EQ(given.place, 1);
  EXPECT_EQ(given.dims, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(download<int64_t>(out, 4), (std::vector<int64_t>{0, 0, 1, 3}));
}

TEST_P(BridgeExecutionTest, LogsToTheContextThatWasCalled) {
  open(identity_plan());
  Listener other;
  EngineryContext* second = nullptr;
  ASSERT_EQ(create(other, second), ENGINERY_BRIDGE_OK) << other.log;
  EXPECT_EQ(set_shape(0, {9, 4}), 0);
  EXPECT_TRUE(running_.heard("not within profile"));
  EXPECT_EQ(other.log, "");
  EXPECT_EQ(loading_.log, "");
  EXPECT_NE(take_reports(), "");
  bridge().destroy_context(second);
}

TEST_P(BridgeExecutionTest, RunsContextsOnSeveralThreads) {
  ASSERT_EQ(load(identity_plan()), ENGINERY_BRIDGE_OK) << loading_.log;
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i) {
    const CUstream own = stream();
    void* const memory = reinterpret_cast<void*>(device(256));
    void* const result = reinterpret_cast<void*>(device(256));
    EXPECT_EQ(cuMemsetD8Async(reinterpret_cast<CUdeviceptr>(memory), 0, 256, own), CUDA_SUCCESS);
    threads.emplace_back([this, own, memory, result, &good] {
      EXPECT_EQ(cuCtxSetCurrent(context_), CUDA_SUCCESS);
      Listener listener;
      EngineryContext* context = nullptr;
      const EngineryBridgeContextOptions options{};
      EngineryBridgeResult particulars{};
      const int32_t status = bridge().create_context(engine_, &options, &listener.callbacks, &particulars, &context);
      ASSERT_EQ(status, ENGINERY_BRIDGE_OK) << listener.log;
      const int64_t dims[] = {2, 4};
      for (int run = 0; run < 20; ++run) {
        const bool fine = bridge().set_profile(context, 0, own) != 0 && bridge().set_shape(context, 0, 2, dims) != 0 &&
                          bridge().set_address(context, 0, memory) != 0 &&
                          bridge().set_address(context, 1, result) != 0 && bridge().enqueue(context, own) != 0;
        if (fine && cuStreamSynchronize(own) == CUDA_SUCCESS) ++good;
      }
      bridge().destroy_context(context);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
}

}  // namespace
}  // namespace enginery
