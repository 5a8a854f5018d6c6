// @module-tag emulator
// @module-tag profiles
// @module-tag engine-files
// Engines through the bridges: what they tell, and who does not get one.
#include "bridge_execution_fixture.h"

namespace enginery {
namespace {

using BridgeEngineTest = BridgeFixture;
INSTANTIATE_TEST_SUITE_P(Families, BridgeEngineTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(BridgeEngineTest, TellsWhatIsInAnEngine) {
  ASSERT_EQ(load(identity_plan()), ENGINERY_BRIDGE_OK) << loading_.log;
  EngineryBridgeEngineInfo info{};
  bridge().info(engine_, &info);
  EXPECT_EQ(info.inputs, 1);
  EXPECT_EQ(info.outputs, 1);
  EXPECT_EQ(info.profiles, 2);
  EXPECT_EQ(info.refittable, 0);
  EXPECT_GT(info.scratch_bytes, 0);
  EXPECT_STREQ(tensor(0).name, "x");
  EXPECT_STREQ(tensor(1).name, "y");
  EXPECT_STREQ(tensor(0).type, "float32");
  EXPECT_EQ(tensor(0).host, 0);
  ASSERT_EQ(tensor(0).rank, 2);
  EXPECT_EQ(tensor(0).dims[0], -1);
  EXPECT_EQ(tensor(0).dims[1], 4);
  EXPECT_EQ(bounds(0, 0), "1 4 / 2 4 / 8 4 ");
  EXPECT_EQ(bounds(1, 0), "16 4 / 16 4 / 32 4 ");
  EXPECT_EQ(bounds(2, 0), "none");
}

TEST_P(BridgeEngineTest, RefusesBytesThatAreNoPlan) {
  EXPECT_EQ(load(""), ENGINERY_BRIDGE_NO_ENGINE);
  EXPECT_EQ(load("short"), ENGINERY_BRIDGE_NO_ENGINE);
  loading_.log.clear();
  EXPECT_EQ(load(std::string(4096, 'x')), ENGINERY_BRIDGE_NO_ENGINE);
  EXPECT_TRUE(loading_.heard(is_rtx() ? "it is no plan of TensorRT-RTX, or damaged" : "Magic tag does not match"))
      << loading_.log;
  std::string damaged = identity_plan();
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_EQ(load(damaged), ENGINERY_BRIDGE_NO_ENGINE);
  EXPECT_TRUE(loading_.heard("cut short or damaged")) << loading_.log;
  EXPECT_EQ(engine_, nullptr);
}

TEST_P(BridgeEngineTest, RefusesAPlanOfAnotherFamily) {
  for (const Family& other : kFamilies) {
    if (std::string(other.name) == GetParam().name) continue;
    loading_.log.clear();
    EXPECT_EQ(load(build(other, test::identity_model(), identity_ranges_)), ENGINERY_BRIDGE_NO_ENGINE) << other.name;
    EXPECT_NE(loading_.log, "") << other.name;
  }
}

TEST_P(BridgeEngineTest, SaysWhyAPlanDoesNotSuit) {
  const std::string plan = identity_plan();
  std::string other = plan;
  ++other[25];  // the minor version
  EXPECT_EQ(load(other), ENGINERY_BRIDGE_NO_ENGINE);
  EXPECT_TRUE(loading_.heard(is_rtx() ? "another version of TensorRT-RTX" : "Version tag does not match"))
      << loading_.log;
  emuSet("device 0 cc=5.2");
  EXPECT_EQ(load(plan), ENGINERY_BRIDGE_NO_ENGINE);
  emuSet("device 0 cc=8.9");
  EXPECT_TRUE(loading_.heard("compute capability")) << loading_.log;
}

TEST_P(BridgeEngineTest, FailsWhereTensorRTDoes) {
  const std::string plan = identity_plan();
  emuSet("fail createInferRuntime 1 1\nfail IRuntime::deserializeCudaEngine 1 1");
  EXPECT_EQ(load(plan), ENGINERY_BRIDGE_NO_RUNTIME);
  EXPECT_TRUE(loading_.heard("createInferRuntime: planned failure")) << loading_.log;
  EXPECT_EQ(load(plan), ENGINERY_BRIDGE_NO_ENGINE);
  EXPECT_TRUE(loading_.heard("deserializeCudaEngine: planned failure")) << loading_.log;
  ASSERT_EQ(load(plan), ENGINERY_BRIDGE_OK);
  emuSet("fail ICudaEngine::createExecutionContext 1 1");
  EXPECT_EQ(create(running_, execution_), ENGINERY_BRIDGE_NO_CONTEXT);
  EXPECT_TRUE(running_.heard("createExecutionContext: planned failure")) << running_.log;
  EXPECT_EQ(execution_, nullptr);
  ASSERT_EQ(create(running_, execution_), ENGINERY_BRIDGE_OK);
  for (const char* function : {"setInputShape", "setTensorAddress", "getTensorShape", "enqueueV3"}) {
    emuSet(("fail IExecutionContext::" + std::string(function) + " * 1").c_str());
  }
  int32_t rank = 0;
  int64_t dims[ENGINERY_BRIDGE_MAX_RANK];
  EXPECT_EQ(set_shape(0, {1, 4}), 0);
  EXPECT_EQ(bridge().set_address(execution_, 0, reinterpret_cast<void*>(device(16))), 0);
  EXPECT_EQ(bridge().output_dims(execution_, 1, &rank, dims), 0);
  EXPECT_EQ(bridge().enqueue(execution_, stream_), 0);
}

TEST_P(BridgeEngineTest, AnEngineGoesAfterItsContexts) {
  open(identity_plan());
  bridge().unload(std::exchange(engine_, nullptr));
  const std::vector<float> values{1, 2, 3, 4};
  EXPECT_EQ(run(execution_, 0, {1, 4}, values), values);
  bridge().destroy_context(std::exchange(execution_, nullptr));
  EXPECT_EQ(take_reports(), "");
}

TEST_P(BridgeEngineTest, TakesSettingsThatTheFamilyHas) {
  ASSERT_EQ(load(identity_plan()), ENGINERY_BRIDGE_OK) << loading_.log;
  const std::vector<EngineryBridgeSetting> settings{{"cudaGraphStrategy", "wholeGraph", 0},
                                                    {"specializationStrategy", "eager", 0}};
  if (!is_rtx()) {
    EXPECT_EQ(create(running_, execution_, settings), ENGINERY_BRIDGE_SETTING_REFUSED);
    EXPECT_STREQ(result_.refused, "cudaGraphStrategy");
    EXPECT_EQ(create(running_, execution_, {}, "a cache"), ENGINERY_BRIDGE_SETTING_REFUSED);
    EXPECT_STREQ(result_.refused, "runtimeCache");
    return;
  }
  EXPECT_EQ(create(running_, execution_, {{"specializationStrategy", "sometimes", 0}}),
            ENGINERY_BRIDGE_SETTING_REFUSED);
  EXPECT_STREQ(result_.refused, "specializationStrategy");
  EXPECT_EQ(create(running_, execution_, {{"noSuchSetting", "", 1}}), ENGINERY_BRIDGE_SETTING_REFUSED);
  EXPECT_STREQ(result_.refused, "noSuchSetting");
  ASSERT_EQ(create(running_, execution_, settings), ENGINERY_BRIDGE_OK) << running_.log;
  const std::vector<float> values{1, 2, 3, 4};
  EXPECT_EQ(run(execution_, 0, {1, 4}, values), values);
}

TEST_P(BridgeEngineTest, KeepsCompiledKernels) {
  open(identity_plan());
  const std::vector<float> values{1, 2, 3, 4};
  EXPECT_EQ(run(execution_, 0, {1, 4}, values), values);
  ASSERT_EQ(bridge().save_runtime_cache(execution_, &running_.callbacks), 1);
  if (!is_rtx()) {
    EXPECT_EQ(running_.written, "");
    return;
  }
  EXPECT_NE(running_.written.find("[1, 4]"), std::string::npos) << running_.written;
  Listener later;
  EngineryContext* second = nullptr;
  ASSERT_EQ(create(later, second, {}, running_.written), ENGINERY_BRIDGE_OK) << later.log;
  EXPECT_EQ(later.log, "");
  EXPECT_EQ(bridge().save_runtime_cache(second, &later.callbacks), 1);
  EXPECT_EQ(later.written, running_.written);
  bridge().destroy_context(second);
  ASSERT_EQ(create(later, second, {}, "of another device"), ENGINERY_BRIDGE_OK) << later.log;
  EXPECT_TRUE(later.heard("it is not used")) << later.log;
  bridge().destroy_context(second);
}

}  // namespace
}  // namespace enginery
