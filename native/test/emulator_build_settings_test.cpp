// @module-tag emulator
// @module-tag build-options
// @module-tag enterprise-options
// Every setting that the bridge knows, on the version that the emulated TensorRT says it has.
#include "emulator_tensorrt_fixture.h"

namespace enginery {
namespace {

class BuildSettingsTest : public EmulatedBuild {};

struct Setting {
  const char* name;
  const char* text;
  int64_t number;
  int32_t since = 0;
};

constexpr Setting kSettings[] = {
    {"optimizationLevel", "", 5},
    {"maxAuxStreams", "", 2},
    {"profilingVerbosity", "detailed", 0},
    {"tf32", "", 0},
    {"refit", "", 1},
    {"stripPlan", "", 1},
    {"memory.workspace", "", 1 << 20},
    {"parserFlags.nativeInstanceNorm", "", 0},
#if ENGINERY_ENTERPRISE
    {"versionCompatible", "", 1},
    {"weightStreaming", "", 1},
    {"sparseWeights", "", 1},
    {"refitIdentical", "", 1},
    {"strictNaNs", "", 1, 100600},
    {"monitorMemory", "", 1, 100600},
    {"editableTimingCache", "", 1, 100800},
    {"refitIndividual", "", 1, 100200},
    {"memory.tacticDRAM", "", 1 << 20},
    {"hardwareCompatibility", "amperePlus", 0},
    {"hardwareCompatibility", "sameComputeCapability", 0, 100900},
    {"runtimePlatform", "windowsAMD64", 0, 100200},
    {"pluginsToSerialize", "/nowhere/plugin.so", 0},
    {"tacticSources", "jitConvolutions", 0},
    {"previewFeatures", "aliasedPluginIO1003", 0, 100300},
    {"avgTiming", "", 4},
    {"maxTactics", "", 3, 100400},
    {"tilingOptimizationLevel", "fast", 0, 100800},
    {"l2LimitForTiling", "", 4096, 100800},
#else
    {"targets", "sm89", 0},
    {"buildRoute", "fast", 0, 10600},
#endif
#ifdef ENGINERY_FAMILY_ENT11
    {"buildRoute", "fast", 0, 110100},
#endif
};

TEST_F(BuildSettingsTest, TakesEverySettingThatItsVersionHas) {
  for (const Setting& setting : kSettings) {
    request_.settings = {{setting.name, setting.text, setting.number}};
    const Status status = build();
    std::filesystem::remove(request_.output);
    EXPECT_EQ(status.code, version_ >= setting.since ? "" : "ENGINERY_OPTION_REFUSED")
        << setting.name << " " << setting.text << ": " << status.message;
  }
}

// With settings that only some devices, models and builds are for.
constexpr Setting kOtherSettings[] = {
#if ENGINERY_ENTERPRISE
    {"excludeLeanRuntime", "", 1},
    {"errorOnTimingCacheMiss", "", 1},
    {"disableTimingCache", "", 1},
    {"disableCompilationCache", "", 1},
    {"debug", "", 1},
    {"directIO", "", 1},
    {"distributiveIndependence", "", 1},
    {"dla.gpuFallback", "", 1},
    {"dla.core", "", 0},
    {"parserFlags.enablePluginOverride", "", 1},
    {"parserFlags.uint8AsymmetricQuantizationDLA", "", 1},
    {"parserFlags.reportCapabilityDLA", "", 1},
    {"parserFlags.adjustForDLA", "", 1},
    {"memory.dlaSRAM", "", 1 << 20},
    {"memory.dlaLocalDRAM", "", 1 << 20},
    {"memory.dlaGlobalDRAM", "", 1 << 20},
    {"memory.tacticSharedMemory", "", 1 << 20},
#endif
#ifdef ENGINERY_FAMILY_ENT10
    {"weaklyTyped.fp16", "", 1},
    {"weaklyTyped.bf16", "", 1},
    {"weaklyTyped.int8", "", 1},
    {"weaklyTyped.fp8", "", 1},
    {"weaklyTyped.int4", "", 1},
    {"weaklyTyped.precisionConstraints", "obey", 0},
    {"weaklyTyped.precisionConstraints", "prefer", 0},
#endif
    {"memory.workspace", "", 1 << 20},
};

// A library that takes a setting and forgets it, without a word.
TEST_F(BuildSettingsTest, RefusesASettingThatDidNotStay) {
  for (const char* const setter : {"setFlag",
                                   "clearFlag",
                                   "setBuilderOptimizationLevel",
                                   "setMaxAuxStreams",
                                   "setProfilingVerbosity",
                                   "setMemoryPoolLimit",
                                   "setHardwareCompatibilityLevel",
                                   "setRuntimePlatform",
                                   "setPluginsToSerialize",
                                   "setTacticSources",
                                   "setPreviewFeature",
                                   "setAvgTimingIterations",
                                   "setMaxNbTactics",
                                   "setTilingOptimizationLevel",
                                   "setL2LimitForTiling",
                                   "setNbComputeCapabilities",
                                   "setComputeCapability",
                                   "setBuildRoute",
                                   "setDefaultDeviceType",
                                   "setDLACore"}) {
    emuSet(("ignore IBuilderConfig::" + std::string(setter) + " *").c_str());
  }
  emuSet("ignore IParser::setFlag *\nignore IParser::clearFlag *");
  const auto expect_refused = [&](const Setting& setting) {
    request_.settings = {{setting.name, setting.text, setting.number}};
    const Status status = build();
    EXPECT_EQ(status.code, "ENGINERY_OPTION_REFUSED") << setting.name << " " << setting.text;
    EXPECT_EQ(status.subject, setting.name);
    EXPECT_TRUE(status.log.empty()) << setting.name << ": " << status.log[0].message;
    std::filesystem::remove(request_.output);
  };
  for (const Setting& setting : kSettings) expect_refused(setting);
  for (const Setting& setting : kOtherSettings) expect_refused(setting);
}

TEST_F(BuildSettingsTest, WritesEverySettingIntoThePlan) {
  const std::string plain = plan();
  for (const Setting& setting : kSettings) {
    const std::string name = setting.name;
    if (version_ < setting.since || name.rfind("parserFlags.", 0) == 0) continue;
    request_.settings = {{setting.name, setting.text, setting.number}};
    EXPECT_NE(plan(), plain) << setting.name << " " << setting.text;
  }
}

}  // namespace
}  // namespace enginery
