// @module-tag emulator
// @module-tag refit
// @module-tag layers
// Engines refitted, inspected and profiled through the bridges.
#include "bridge_execution_fixture.h"

namespace enginery {
namespace {

// y = x * w + b, where `names` are those of the weights: both of floats, or not at all.
std::vector<uint8_t> scaling_model(float factor, float offset, std::vector<std::string> names = {"w", "b"}) {
  std::string weights;
  for (size_t i = 0; i < names.size(); ++i) {
    const float value = i == 0 ? factor : offset;
    const std::string raw(reinterpret_cast<const char*>(&value), sizeof value);
    weights += test::bytes(5, test::number(1, 1) + test::number(2, 1) + test::bytes(8, names[i]) + test::bytes(9, raw));
  }
  const std::string graph = test::bytes(1, test::node("Mul", {"x", names[0]}, {"scaled"})) +
                            test::bytes(1, test::node("Add", {"scaled", names[names.size() - 1]}, {"y"})) +
                            test::bytes(2, "test") + weights +
                            test::bytes(11, test::tensor_value("x", 1, {"batch", "4"})) +
                            test::bytes(12, test::tensor_value("y", 1, {"batch", "4"}));
  const std::string proto = test::number(1, 8) + test::bytes(7, graph) + test::bytes(8, test::number(2, 17));
  return {proto.begin(), proto.end()};
}

class BridgeRefitTest : public BridgeFixture {
 protected:
  void open_scaling(std::vector<BuildSetting> settings) {
    open(build(GetParam(), scaling_model(2, 1), identity_ranges_, std::move(settings)));
  }

  int32_t refit(const std::vector<uint8_t>& model) {
    missing_.clear();
    const auto missing = [](void* self, const char* weights) {
      static_cast<BridgeRefitTest*>(self)->missing_ += std::string(weights) + "\n";
    };
    const EngineryBridgeRefit request{tensorrt_.library.parser, nullptr, model.data(), model.size(), this, missing};
    return bridge().refit(engine_, &request, &refitting_.callbacks, &result_);
  }

  std::vector<float> run_ones() { return run(execution_, 0, {1, 4}, {1, 1, 1, 1}); }

  std::string missing_;
  Listener refitting_;
};
INSTANTIATE_TEST_SUITE_P(Families, BridgeRefitTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(BridgeRefitTest, GivesAnEngineOtherWeights) {
  open_scaling({{"refit", "", 1}});
  EXPECT_EQ(run_ones(), (std::vector<float>{3, 3, 3, 3}));
  ASSERT_EQ(refit(scaling_model(5, 2)), ENGINERY_BRIDGE_OK) << refitting_.log;
  EXPECT_EQ(run_ones(), (std::vector<float>{7, 7, 7, 7}));
  EXPECT_EQ(missing_, "");
  EXPECT_EQ(refitting_.log, "");
}

TEST_P(BridgeRefitTest, GivesAStrippedEngineItsWeights) {
  open_scaling({{"refit", "", 1}, {"stripPlan", "", 1}});
  ASSERT_EQ(refit(scaling_model(2, 1)), ENGINERY_BRIDGE_OK) << refitting_.log;
  EXPECT_EQ(run_ones(), (std::vector<float>{3, 3, 3, 3}));
}

TEST_P(BridgeRefitTest, NamesWeightsThatTheModelDoesNotHave) {
  open_scaling({{"refit", "", 1}});
  EXPECT_EQ(refit(scaling_model(5, 2, {"w", "c"})), ENGINERY_BRIDGE_REFIT_REFUSED);
  EXPECT_EQ(missing_, "b\n");
  EXPECT_TRUE(refitting_.heard("Only successfully refitted 1 weights out of 2")) << refitting_.log;
  EXPECT_FALSE(refitting_.heard("not set")) << refitting_.log;
  EXPECT_EQ(refit({'n', 'o'}), ENGINERY_BRIDGE_REFIT_REFUSED);
  EXPECT_EQ(run_ones(), (std::vector<float>{3, 3, 3, 3}));
}

TEST_P(BridgeRefitTest, RefusesAnEngineThatWasNotBuiltForIt) {
  open_scaling({});
  EXPECT_EQ(refit(scaling_model(5, 2)), ENGINERY_BRIDGE_NOT_REFITTABLE);
  EXPECT_EQ(run_ones(), (std::vector<float>{3, 3, 3, 3}));
}

TEST_P(BridgeRefitTest, SaysWhatFailed) {
  open_scaling({{"refit", "", 1}});
  emuSet("fail createInferRefitter 1 1");
  EXPECT_EQ(refit(scaling_model(5, 2)), ENGINERY_BRIDGE_REFIT_REFUSED);
  emuSet("reset\nfail createNvOnnxParserRefitter 1 1");
  EXPECT_EQ(refit(scaling_model(5, 2)), ENGINERY_BRIDGE_REFIT_REFUSED);
  emuSet("reset\nfail IRefitter::refitCudaEngine 1 1");
  EXPECT_EQ(refit(scaling_model(5, 2)), ENGINERY_BRIDGE_REFIT_FAILED);
  EXPECT_TRUE(refitting_.heard("refitCudaEngine")) << refitting_.log;
  EXPECT_EQ(missing_, "");
}

TEST_P(BridgeRefitTest, DescribesLayers) {
  open(build(GetParam(), scaling_model(2, 1), identity_ranges_, {{"profilingVerbosity", "detailed", 0}}));
  Listener inspecting;
  ASSERT_EQ(bridge().inspect(engine_, nullptr, &inspecting.callbacks), 1);
  EXPECT_NE(inspecting.written.find(R"("Name": "node_y", "LayerType": "Add")"), std::string::npos);
  inspecting.written.clear();
  ASSERT_EQ(bridge().inspect(engine_, execution_, &inspecting.callbacks), 1);
  EXPECT_NE(inspecting.written.find("node_scaled"), std::string::npos);
  emuSet("fail IEngineInspector::getEngineInformation 1 1");
  EXPECT_EQ(bridge().inspect(engine_, execution_, &inspecting.callbacks), 0);
}

TEST_P(BridgeRefitTest, TimesLayersOfEachRun) {
  open_scaling({});
  std::string layers;
  const EngineryBridgeProfiler profiler{&layers, [](void* self, const char* name, float milliseconds) {
                                          EXPECT_GT(milliseconds, 0);
                                          *static_cast<std::string*>(self) += std::string(name) + "\n";
                                        }};
  bridge().set_profiler(execution_, &profiler);
  run_ones();
  EXPECT_EQ(layers, "node_scaled\nnode_y\n");
  run_ones();
  EXPECT_EQ(layers, "node_scaled\nnode_y\nnode_scaled\nnode_y\n");
}

}  // namespace
}  // namespace enginery
