// @module-tag emulator
// @module-tag memory
// What sessions do where a GPU has little memory, of every family.
#include "engine_fixture.h"

namespace enginery {
namespace {

using namespace std::chrono_literals;

class EngineMemoryTest : public EngineTest {
 protected:
  std::vector<uint8_t> build_streamable() const {
    const std::vector<BuildSetting> streaming{{"weightStreaming", "", 1}};
    return build(test::scaling_model(2), {{0, "x", false, {0, 4}, {2, 4}, {8, 4}}},
                 is_rtx() ? std::vector<BuildSetting>{} : streaming);
  }
  Status refusal(const std::vector<uint8_t>& plan, int64_t budget) const {
    EngineOptions options = this->options(plan);
    options.weight_budget = budget;
    std::shared_ptr<EngineRunner> runner;
    const Status status = EngineRunner::open(options, runner);
    EXPECT_EQ(status.code, "ENGINERY_OPTION_UNSUPPORTED");
    EXPECT_EQ(status.subject, "weightStreamingBudget");
    return status;
  }
};
INSTANTIATE_TEST_SUITE_P(Families, EngineMemoryTest, testing::ValuesIn(kFamilies), family_name);

// Of those whose streams_weights().
class WeightStreamingTest : public EngineMemoryTest {};
INSTANTIATE_TEST_SUITE_P(Families, WeightStreamingTest, testing::Values(kFamilies[1], kFamilies[2]), family_name);

TEST_P(EngineMemoryTest, RunsOneAfterTheOtherWhereThereIsMemoryForOne) {
  const auto plan = build(test::identity_model(), {{0, "x", false, {0, 4}, {2, 4}, {1 << 19, 4}}});
  const ort::RunRequest large{{rows(1 << 19)}, {"y"}, {}};  // 8 MiB in, and 8 MiB out
  auto alone = open(options(plan));
  ASSERT_TRUE(run(*alone, large).status.ok());
  const MemoryUse use = alone->memory();
  const size_t enough = use.weights + use.contexts + use.tensors + (8 << 20);
  close(alone);
  for (const size_t limit : {size_t{0}, enough}) {
    emuSet(("device 0 memory=" + std::to_string(limit == 0 ? enough : 2 * enough)).c_str());
    EngineOptions options = this->options(plan, 2);
    options.memory_limit = limit;
    auto runner = open(options);
    emuSet("hang launch 1\ncalls on");
    auto first = ort::start(*runner, 1, large);
    ASSERT_TRUE(wait_for([] { return calls("launch") == 1; }));
    auto second = ort::start(*runner, 2, large);
    auto third = ort::start(*runner, 3, large);
    EXPECT_EQ(second.wait_for(100ms), std::future_status::timeout);
    ort::cancel(*runner, 2);
    EXPECT_EQ(second.get().status.code, "CANCELLED");
    emuSet("reset");
    for (auto* it : {&first, &third}) {
      const ort::RunResult result = it->get();
      ASSERT_TRUE(result.status.ok()) << result.status.message;
      EXPECT_EQ(ort::values_of(result.outputs[0]), ort::values_of(large.feeds[0].tensor));
    }
    EXPECT_LE(calls("ICudaEngine::createExecutionContext"), 3) << "a run is tried again and again";
    close(runner);
  }
}

// TensorRT takes memory past our pool.
TEST_P(EngineMemoryTest, GivesTensorRTWhatIsKeptForTheNext) {
  const auto plan = build(test::identity_model(), {{0, "x", false, {0, 4}, {2, 4}, {1 << 19, 4}}});
  const Device device = enginery::open(0);
  for (const size_t beside : {size_t{0}, 4 * kMiB}) {  // too little for the engine; for its context of 8 MiB
    CudaDevice::Entered entered;
    ASSERT_TRUE(device->enter(entered).ok());
    Memory kept;
    ASSERT_TRUE(device->allocate(64 * kMiB, kept).ok());
    kept.reset();
    emuSet(("device 0 memory=" + std::to_string(device->usage().kept_device_bytes + beside)).c_str());
    auto runner = open(options(plan));
    ASSERT_NE(runner, nullptr);
    const ort::RunResult result = run(*runner, {{rows(2)}, {"y"}, {}});
    EXPECT_TRUE(result.status.ok()) << result.status.message;
    close(runner);
    emuSet("device 0 memory=1073741824");
  }
}

TEST_P(EngineMemoryTest, SaysThatAnEngineIsTooLarge) {
  const auto plan = build(test::identity_model(), kRows);
  emuSet("device 0 memory=64");
  std::shared_ptr<EngineRunner> runner;
  const Status status = EngineRunner::open(options(plan), runner);
  emuSet("device 0 memory=1073741824");
  EXPECT_EQ(status.code, "ENGINERY_DEVICE_MEMORY") << status.message;
  EXPECT_EQ(status.message.find("the GPU has no memory for its weights") != std::string::npos, is_rtx())
      << status.message;
}

TEST_P(EngineMemoryTest, CountsWhatIsTakenOfTheDriver) {
  const auto plan = build(test::identity_model(), {{0, "x", false, {0, 4}, {2, 4}, {1 << 19, 4}}});
  const ort::RunRequest request{{rows((1 << 18) + 1)}, {"y"}, {}};  // blocks are an eighth larger
  auto runner = open(options(plan));
  ASSERT_TRUE(run(*runner, request).status.ok());
  const MemoryUse use = runner->memory();
  EXPECT_EQ(use.tensors, runner->device()->usage().device_bytes);
  EXPECT_EQ(use.pinned, runner->device()->usage().pinned_bytes);
  close(runner);
  EngineOptions limited = options(plan);
  limited.memory_limit = use.weights + use.contexts + use.tensors - 1;
  runner = open(limited);
  EXPECT_EQ(run(*runner, request).status.code, "ENGINERY_DEVICE_MEMORY");
  close(runner);
}

TEST_P(WeightStreamingTest, KeepsNoMoreWeightsThereThanTheBudget) {
  const auto plan = build_streamable();
  // Of four bytes; the emulator itself chooses half of them.
  for (const auto& [budget, streamed] : std::vector<std::pair<int64_t, size_t>>{
           {0, 4}, {3, 1}, {4, 0}, {1000, 0}, {ENGINERY_BRIDGE_AUTOMATIC_BUDGET, 2}, {ENGINERY_BRIDGE_NO_BUDGET, 0}}) {
    EngineOptions options = this->options(plan, 2);
    options.weight_budget = budget;
    options.cuda_graphs = true;
    emuSet("calls on");
    auto runner = open(options);
    EXPECT_EQ(runner->memory().weights, plan.size() - streamed) << budget;
    EXPECT_EQ(calls("ICudaEngine::setWeightStreamingBudgetV2"), budget == ENGINERY_BRIDGE_NO_BUDGET ? 0 : 1);
    for (int i = 0; i < 4; ++i) {
      const ort::RunResult result = run(*runner, {{rows(2)}, {"y"}, {}});
      expect_same(result, expected(test::scaling_model(2), {{rows(2)}, {"y"}, {}}));
    }
    close(runner);
  }
  EngineOptions limited = options(plan);
  limited.weight_budget = 3;
  limited.memory_limit = plan.size() - 2;
  std::shared_ptr<EngineRunner> runner;
  EXPECT_EQ(EngineRunner::open(limited, runner).code, "ENGINERY_DEVICE_MEMORY");
}

TEST_P(EngineMemoryTest, RefusesABudgetThatCannotBe) {
  if (!streams_weights()) {
    const std::string message = refusal(build_streamable(), 0).message;
    EXPECT_NE(message.find(is_rtx() ? "TensorRT-RTX does not stream weights" : "from 10.1 on"), std::string::npos)
        << message;
    return;
  }
  const std::string plain =
      refusal(build(test::scaling_model(2), {{0, "x", false, {0, 4}, {2, 4}, {8, 4}}}), 0).message;
  EXPECT_NE(plain.find("build it with weightStreaming"), std::string::npos) << plain;
  emuSet("fail ICudaEngine::setWeightStreamingBudgetV2 1 1");
  const std::string failed = refusal(build_streamable(), 0).message;
  EXPECT_NE(failed.find("planned failure"), std::string::npos) << failed;
}

}  // namespace
}  // namespace enginery
