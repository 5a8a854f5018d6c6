// @module-tag emulator
// @module-tag build
// @module-tag faults
// Every function of TensorRT that a build calls fails once: typed errors that say what failed, no broken plan, nothing
// left behind. Which functions those are, the emulator tells.
#include "core/model_support.h"
#include "fault_fixture.h"

namespace enginery {
namespace {

class BuildFaultsTest : public FaultTest {
 protected:
  // A setting of each part of the bridge.
  std::vector<BuildSetting> settings() const {
    std::vector<BuildSetting> settings{
        {"optimizationLevel", "", 5},          {"maxAuxStreams", "", 2},
        {"profilingVerbosity", "detailed", 0}, {"tf32", "", 0},
        {"memory.workspace", "", 1 << 20},     {"parserFlags.nativeInstanceNorm", "", 1}};
    const auto add = [&](std::vector<BuildSetting> more) { settings.insert(settings.end(), more.begin(), more.end()); };
    const std::string family = GetParam().name;
    if (family == "rtx") {
      add({{"targets", "sm89", 0}, {"targets", "sm120", 0}});
    } else {
      add({{"hardwareCompatibility", "amperePlus", 0},
           {"runtimePlatform", "windowsAMD64", 0},
           {"pluginsToSerialize", "/nowhere/plugin.so", 0},
           {"tacticSources", "jitConvolutions", 0},
           {"previewFeatures", "aliasedPluginIO1003", 0},
           {"avgTiming", "", 4},
           {"maxTactics", "", 3},
           {"tilingOptimizationLevel", "fast", 0},
           {"l2LimitForTiling", "", 4096}});
    }
    if (family == "ent10") add({{"weaklyTyped", "", 1}, {"weaklyTyped.precisionConstraints", "obey", 0}});
    if (family != "ent10") add({{"buildRoute", "fast", 0}});
    return settings;
  }

  struct Built {
    Status status;
    std::string plan;
    std::vector<std::string> tensors;
    std::string timing_cache;
  };

  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Built build_all() const {
    BuildRequest request = build_request(model_of_all_kinds(), ranges_of_all_kinds());
    request.settings = settings();
    if (!is_rtx()) request.timing_cache = folder_.path / "timing";
    BuildResult result;
    Built built;
    built.status =
        build_engine(request, {[](const BuildProgress&) {}, [](const LogLine&) {}}, std::atomic<bool>(false), result);
    built.plan = read(request.output);
    for (const TensorInfo& tensor : result.tensors) {
      built.tensors.push_back(tensor.name + " " + tensor.type + " " + std::to_string(tensor.dims.size()) +
                              (tensor.output ? " out" : "") + (tensor.shape_tensor ? " shape" : ""));
    }
    std::filesystem::remove(request.output);
    built.timing_cache = read(folder_.path / "timing");
    std::filesystem::remove(folder_.path / "timing");
    return built;
  }

  Status describe(SupportResult& result) const {
    SupportRequest request;
    request.library = emulated(GetParam().library);
    request.parser = emulated(GetParam().parser);
    request.model_bytes = model_of_all_kinds();
    return describe_support(request, result);
  }

  // TensorRT calls these, and tells of it in its own words.
  static bool is_drivers(const Call& call) { return call.function.starts_with("cu"); }

  void expect_nothing_left() {
    EXPECT_EQ(text_of(emuLive), "");
    EXPECT_EQ(take_reports(), "");
  }
};

INSTANTIATE_TEST_SUITE_P(Families, BuildFaultsTest, testing::ValuesIn(kFamilies), family_name);

TEST_P(BuildFaultsTest, EveryFunctionFails) {
  emuSet("calls on");
  const Built good = build_all();
  ASSERT_TRUE(good.status.ok()) << all_of(good.status);
  const std::vector<Call> calls = counted_calls();
  EXPECT_EQ(good.tensors.size(), 5u);
  int failures = 0;
  for (const Call& call : calls) {
    for (const int nth : some_of(call.count)) {
      SCOPED_TRACE(call.function + " " + std::to_string(nth) + " of " + std::to_string(call.count));
      plan_fault("fail", call.function, nth, "1");
      const Built built = build_all();
      emuSet("reset");
      if (built.status.ok()) {
        EXPECT_EQ(built.plan, good.plan);
        EXPECT_EQ(built.tensors, good.tensors);
        EXPECT_TRUE(built.timing_cache.empty() || built.timing_cache == good.timing_cache) << built.timing_cache;
      } else {
        ++failures;
        expect_typed(built.status);
        EXPECT_TRUE(contains(all_of(built.status), call.function) || is_drivers(call)) << all_of(built.status);
        EXPECT_EQ(built.plan, "");
      }
      expect_nothing_left();
    }
  }
  EXPECT_GT(failures, 20);
  EXPECT_EQ(build_all().plan, good.plan);
}

TEST_P(BuildFaultsTest, EveryFunctionThatTellsWhatIsSupportedFails) {
  emuSet("calls on");
  SupportResult good;
  ASSERT_TRUE(describe(good).ok());
  ASSERT_TRUE(good.supported);
  const std::vector<Call> calls = counted_calls();
  for (const Call& call : calls) {
    for (const int nth : some_of(call.count)) {
      SCOPED_TRACE(call.function + " " + std::to_string(nth) + " of " + std::to_string(call.count));
      plan_fault("fail", call.function, nth, "1");
      SupportResult result;
      const Status status = describe(result);
      emuSet("reset");
      if (status.ok()) {
        EXPECT_TRUE(result.supported);
        EXPECT_EQ(result.subgraphs.size(), good.subgraphs.size());
      } else {
        expect_typed(status);
        EXPECT_TRUE(contains(all_of(status), call.function) || is_drivers(call)) << all_of(status);
      }
      expect_nothing_left();
    }
  }
}

}  // namespace
}  // namespace enginery
