// @no-feature opens modules that stand in for bridges: no TensorRT in them
#include "core/bridge_module.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/shared_library.h"

namespace enginery {
namespace {

void expect_refused(const std::string& family, const std::string& why) {
  const EngineryBridge* bridge = nullptr;
  const Status status = load_bridge(family, bridge);
  EXPECT_EQ(status.code, "ENGINERY_NATIVE_UNAVAILABLE") << family;
  EXPECT_NE(status.message.find(why), std::string::npos) << status.message;
  EXPECT_EQ(status.subject, self_directory() + "/enginery_trt_" + family + ".so");
  EXPECT_EQ(bridge, nullptr);
}

TEST(BridgeModule, LoadsWhatIsInstalled) {
  const auto families = installed_families();
  if (families.empty()) GTEST_SKIP() << "no bridge was built";
  for (const std::string& family : families) {
    const EngineryBridge* bridge = nullptr;
    const Status status = load_bridge(family, bridge);
    ASSERT_TRUE(status.ok()) << status.message;
    EXPECT_EQ(bridge->family, family);
    const EngineryBridge* again = nullptr;
    ASSERT_TRUE(load_bridge(family, again).ok());
    EXPECT_EQ(again, bridge);
  }
}

TEST(BridgeModule, OnlyFamiliesThatAreKnownCount) {
  const auto families = installed_families();
  EXPECT_EQ(std::count(families.begin(), families.end(), "fake_abi"), 0);
}

TEST(BridgeModule, RefusesWhatIsNoModule) {
  expect_refused("missing", "cannot open shared object file");
  const std::string path = self_directory() + "/enginery_trt_text.so";
  std::ofstream(path) << "no shared object";
  expect_refused("text", path);
  std::filesystem::remove(path);
}

TEST(BridgeModule, RefusesAModuleOfAnotherBuild) {
  expect_refused("fake_abi", "does not belong to this build");
  expect_refused("fake_family", "does not belong to this build");
}

TEST(BridgeModule, KnowsTheFamilyOfAVersion) {
  EXPECT_EQ(family_of("tensorrt-rtx", 10400), "");  // 1.5 changed the ABI
  EXPECT_EQ(family_of("tensorrt-rtx", 10500), "rtx");
  EXPECT_EQ(family_of("tensorrt-rtx", 20000), "");
  EXPECT_EQ(family_of("tensorrt", 80600), "");
  EXPECT_EQ(family_of("tensorrt", 100700), "ent10");
  EXPECT_EQ(family_of("tensorrt", 100800), "");
  EXPECT_EQ(family_of("tensorrt", 100801), "ent10");
  EXPECT_EQ(family_of("tensorrt", 110000), "ent11");
  EXPECT_EQ(family_of("tensorrt", 120000), "");
  EXPECT_EQ(family_of("onnxruntime", 10500), "");
}

}  // namespace
}  // namespace enginery
