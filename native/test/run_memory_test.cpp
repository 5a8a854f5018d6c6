// @module-tag cpu
// @module-tag sessions
// Runs on memory of the caller's: borrowed feeds, and targets for outputs.
#include <gtest/gtest.h>

#include <thread>

#include "core/tensor_memory.h"
#include "ort_fixture.h"

namespace enginery::ort {
namespace {

using enginery::test::identity_model;
using enginery::test::model;
using enginery::test::node;
using enginery::test::tensor_value;

class RunMemoryTest : public OrtTest {};

TensorBuffer target(std::vector<int64_t> dims) { return floats("", dims, std::vector<float>(16)).tensor; }

TensorBuffer sized(TensorBuffer tensor) {
  EXPECT_TRUE(tensor_bytes(tensor.type, tensor.dims, tensor.bytes));
  return tensor;
}

// `x` under its own name, and a copy of it as `y`.
std::vector<uint8_t> passing_model() {
  return model({node("Identity", {"x"}, {"y"})}, {tensor_value("x", 1, {"n"})},
               {tensor_value("x", 1, {"n"}), tensor_value("y", 1, {"n"})});
}

TEST_F(RunMemoryTest, WritesIntoTargets) {
  const auto runner = open_or_fail(passing_model());
  const TensorBuffer x = sized(target({3})), y = sized(target({3}));
  const RunResult result = start(*runner, 1, {{floats("x", {3}, {1, 2, 3})}, {"y", "x"}, {y, x}}).get();
  ASSERT_TRUE(result.status.ok()) << result.status.message;
  EXPECT_EQ(values_of(y), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(values_of(x), (std::vector<float>{1, 2, 3}));
  for (const TensorBuffer& output : result.outputs) EXPECT_EQ(output.type, ElementType::unknown);
}

TEST_F(RunMemoryTest, ATargetMayBeTheFeedItself) {
  const auto runner = open_or_fail(passing_model());
  const NamedTensor x = floats("x", {3}, {1, 2, 3});
  ASSERT_TRUE(start(*runner, 1, {{x}, {"x"}, {x.tensor}}).get().status.ok());
  EXPECT_EQ(values_of(x.tensor), (std::vector<float>{1, 2, 3}));
}

TEST_F(RunMemoryTest, SomeOutputsHaveTargets) {
  const auto runner = open_or_fail(passing_model());
  const TensorBuffer y = sized(target({3}));
  const RunResult result = start(*runner, 1, {{floats("x", {3}, {1, 2, 3})}, {"x", "y"}, {TensorBuffer{}, y}}).get();
  ASSERT_TRUE(result.status.ok()) << result.status.message;
  EXPECT_EQ(values_of(result.outputs[0]), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(values_of(y), (std::vector<float>{1, 2, 3}));
}

TEST_F(RunMemoryTest, TargetsOfOtherDims) {
  const auto runner = open_or_fail(passing_model());
  const TensorBuffer small = sized(target({2}));
  const RunRequest request{{floats("x", {3}, {1, 2, 3})}, {"x"}, {small}};
  const Status passed = start(*runner, 1, request).get().status;
  EXPECT_EQ(passed.code, "ENGINERY_INVALID_ARGUMENT");
  EXPECT_EQ(passed.message, "Output \"x\" is [3], the tensor to write it into [2]");
  EXPECT_FALSE(start(*runner, 2, {{floats("x", {3}, {1, 2, 3})}, {"y"}, {small}}).get().status.ok());
  EXPECT_EQ(values_of(small), (std::vector<float>{0, 0}));
}

TEST_F(RunMemoryTest, ABorrowedInputPassedThroughIsCopied) {
  const auto runner = open_or_fail(passing_model());
  NamedTensor x = floats("x", {3}, {1, 2, 3});
  x.tensor.borrowed = true;
  const RunResult borrowed = start(*runner, 1, {{x}, {"x", "y"}}).get();
  ASSERT_TRUE(borrowed.status.ok()) << borrowed.status.message;
  for (const TensorBuffer& output : borrowed.outputs) {
    EXPECT_NE(output.data, x.tensor.data);
    EXPECT_EQ(values_of(output), (std::vector<float>{1, 2, 3}));
  }
}

TEST_F(RunMemoryTest, OnlySmallInputsPassedThroughAreCopied) {
  const auto runner = open_or_fail(passing_model());
  for (const int64_t length : {3, 2000}) {
    const NamedTensor x = floats("x", {length}, std::vector<float>(static_cast<size_t>(length), 7));
    const NamedTensor sized_x{"x", sized(x.tensor)};
    const RunResult result = start(*runner, 2, {{sized_x}, {"x"}}).get();
    EXPECT_EQ(values_of(result.outputs[0]), values_of(sized_x.tensor));
    EXPECT_EQ(result.outputs[0].data == x.tensor.data, length == 2000);
  }
}

TEST_F(RunMemoryTest, ARunIsUsedAgain) {
  const auto runner = open_or_fail(identity_model());
  for (float value = 1; value < 4; ++value) {
    std::promise<void> ended;
    const auto run = std::make_shared<TestRun>(*runner, RunRequest{{floats("x", {1, 4}, {value, 0, 0, 0})}, {"y"}, {}},
                                               [&](RunResult) { ended.set_value(); });
    runner->submit(run);
    ended.get_future().get();
    EXPECT_EQ(values_of(run->results[0]), (std::vector<float>{value, 0, 0, 0}));
  }
}

TEST_F(RunMemoryTest, EmptyFeedsAndTargetsNeedNoAddress) {
  const auto runner = open_or_fail(identity_model());
  TensorBuffer nothing;
  nothing.type = ElementType::float32;
  nothing.dims = {0, 4};
  nothing.borrowed = true;
  const RunResult result = start(*runner, 1, {{{"x", nothing}}, {"y"}, {nothing}}).get();
  EXPECT_TRUE(result.status.ok()) << result.status.message;
}

TEST_F(RunMemoryTest, OwnersAreKeptUntilTheRunIsOver) {
  const auto runner = open_or_fail(identity_model());
  std::weak_ptr<void> feed, output;
  {
    NamedTensor x = floats("x", {1, 4}, {1, 2, 3, 4});
    TensorBuffer y = sized(target({1, 4}));
    x.tensor.borrowed = true;
    feed = x.tensor.owner;
    output = y.owner;
    std::promise<bool> kept;
    RunRequest request{{std::move(x)}, {"y"}, {std::move(y)}};
    submit(*runner, 1, std::move(request), [&](RunResult) { kept.set_value(!output.expired()); });
    EXPECT_TRUE(kept.get_future().get());
    run_numbered(*runner, 1).reset();
  }
  start_close(*runner).get();
  for (int waited = 0; waited < 1000 && !(feed.expired() && output.expired()); ++waited) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // until its thread has put the job away
  }
  EXPECT_TRUE(feed.expired() && output.expired());
}

}  // namespace
}  // namespace enginery::ort
