// @module-tag emulator
// @module-tag output-places
// Outputs that are shapes, which TensorRT gives in the CPU's memory.
#include "engine_fixture.h"

namespace enginery {
namespace {

using test::model;
using test::node;
using test::tensor_value;

ort::RunRequest shapes_of(int64_t count, float start = 1) {
  return {{rows(count, start)}, {"dims", "minus", "size"}, {}};
}

// One that is computed from an input in the CPU's memory as well.
std::vector<uint8_t> reshape_model() {
  return model({node("Reshape", {"x", "shape"}, {"y"}), node("Mul", {"shape", "shape"}, {"squares"})},
               {tensor_value("x", 1, {"batch", "4"}), tensor_value("shape", 7, {"2"})},
               {tensor_value("y", 1, {"m", "n"}), tensor_value("squares", 7, {"2"})});
}

class EngineShapesTest : public EngineTest {
 protected:
  std::shared_ptr<EngineRunner> opened(size_t at_once = 1, bool graphs = false) const {
    return open(build(test::shape_model(), kRows), at_once, graphs);
  }
};
INSTANTIATE_TEST_SUITE_P(Families, EngineShapesTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(EngineShapesTest, LieInTheMemoryOfTheCpu) {
  auto runner = opened();
  std::vector<bool> host;
  for (const LoadedEngine::Tensor& tensor : runner->engine().tensors()) host.push_back(tensor.host);
  EXPECT_EQ(host, (std::vector<bool>{false, true, false, true}));
  for (const int64_t count : {2, 64, 64, 0, 1, 7}) {
    expect_same(run(*runner, shapes_of(count)), expected(test::shape_model(), shapes_of(count)));
  }
  close(runner);
}

TEST_P(EngineShapesTest, AreTheSameForInputsThatDoNotChangeTheirShape) {
  const auto still =
      model({node("Shape", {"x"}, {"dims"})}, {tensor_value("x", 1, {"2", "4"})}, {tensor_value("dims", 7, {"2"})});
  auto runner = open(options(build(still, {})));
  for (int i = 0; i < 3; ++i) {
    const ort::RunRequest request{{rows(2)}, {"dims"}, {}};
    expect_same(run(*runner, request), expected(still, request));
  }
  close(runner);
}

TEST_P(EngineShapesTest, AreGivenIfAskedFor) {
  auto runner = opened();
  for (const std::vector<std::string>& outputs :
       std::vector<std::vector<std::string>>{{"size"}, {"minus"}, {"minus", "dims"}, {"size", "dims"}}) {
    ort::RunRequest request = shapes_of(5);
    request.outputs = outputs;
    expect_same(run(*runner, request), expected(test::shape_model(), request));
  }
  close(runner);
}

TEST_P(EngineShapesTest, AreComputedFromInputsOnTheCpu) {
  auto runner = open(options(
      build(reshape_model(), {{0, "x", false, {1, 4}, {2, 4}, {8, 4}}, {0, "shape", true, {1, 1}, {4, 2}, {32, 32}}})));
  for (const auto& [m, n] : std::vector<std::pair<int64_t, int64_t>>{{4, 2}, {2, 4}, {1, 8}, {4, 2}}) {
    const ort::RunRequest request{{rows(2), int64s("shape", {m, n})}, {"squares", "y"}, {}};
    expect_same(run(*runner, request), expected(reshape_model(), request));
  }
  close(runner);
}

TEST_P(EngineShapesTest, AreOfTheRunThatComputedThem) {
  emuSet("latency copy=200us launch=1ms");
  for (const bool graphs : {false, true}) {
    auto runner = opened(2, graphs);
    const auto request = [](int i) { return shapes_of(1 + i / 4 % 2 * i, static_cast<float>(i)); };
    std::vector<std::future<ort::RunResult>> results;
    for (int i = 0; i < 16; ++i) results.push_back(ort::start(*runner, static_cast<ort::RunId>(i), request(i)));
    for (int i = 0; i < 16; ++i) {
      expect_same(results[static_cast<size_t>(i)].get(), expected(test::shape_model(), request(i)));
    }
    close(runner);
  }
}

TEST_P(EngineShapesTest, AreWrittenIntoTheTensorsOfTheCaller) {
  auto runner = opened();
  const TensorBuffer two = int64s("", {0, 0}).tensor;
  for (const TensorBuffer& target : {two, pinned(*runner, two)}) {
    for (const int64_t count : {3, 8}) {
      const ort::RunResult result = run(*runner, {{rows(count)}, {"dims", "minus"}, {target, {}}});
      ASSERT_TRUE(result.status.ok()) << result.status.message;
      EXPECT_EQ(result.outputs[0].type, ElementType::unknown);
      EXPECT_EQ(static_cast<const int64_t*>(target.data)[0], count);
      EXPECT_EQ(static_cast<const int64_t*>(target.data)[1], 4);
      EXPECT_EQ(result.outputs[1].dims, (std::vector<int64_t>{count, 4}));
    }
  }
  EXPECT_EQ(run(*runner, {{rows(3)}, {"dims"}, {int64s("", {0}).tensor}}).status.code, "ENGINERY_INVALID_ARGUMENT");
  close(runner);
}

TEST_P(EngineShapesTest, DoNotStayOnTheDevice) {
  auto runner = opened();
  for (int i = 0; i < 2; ++i) {
    ort::RunRequest request = shapes_of(3);
    request.stays = {true, true, false};
    const Status refused = run(*runner, request).status;
    EXPECT_EQ(refused.code, "ENGINERY_OPTION_UNSUPPORTED");
    EXPECT_NE(refused.message.find("\"dims\" holds a shape"), std::string::npos) << refused.message;
    request.stays = {};
    expect_same(run(*runner, request), expected(test::shape_model(), request));
    request.stays = {false, true, false};
    const ort::RunResult result = run(*runner, request);
    ASSERT_TRUE(result.status.ok()) << result.status.message;
    EXPECT_EQ(result.outputs[0].device, nullptr);
    EXPECT_EQ(result.outputs[1].device, runner->device().get()) << "others do";
    EXPECT_EQ(*static_cast<const int64_t*>(result.outputs[0].data), 3);
    result.run->results.clear();
  }
  close(runner);
}

}  // namespace
}  // namespace enginery
