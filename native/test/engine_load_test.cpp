// @module-tag tensorrt
// @module-tag engine-files
// Loading an engine with the real TensorRT-RTX: without a driver it must say so, and do no harm.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "core/engine_build.h"
#include "core/read_file.h"
#include "core/tensorrt.h"
#include "onnx_model.h"
#include "temporary_folder.h"
#include "tensorrt/execution.h"
#include "tensorrt_rtx.h"

namespace enginery {
namespace {

class EngineLoadTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto found = test::tensorrt_rtx();
    if (!found) GTEST_SKIP() << "ENGINERY_TENSORRT_RTX_LIBRARY is not set";
    request_.library = found->library;
    request_.parser = found->parser;
    request_.model_bytes = test::identity_model();
    request_.output = folder_.path / "plan";
    request_.profiles = 1;
    request_.ranges = {{0, "x", false, {1, 4}, {2, 4}, {8, 4}}};
    const Status status = tensorrt_.open(request_.library, request_.parser);
    ASSERT_TRUE(status.ok()) << status.message;
  }

  std::vector<uint8_t> plan() const {
    BuildResult built;
    const BuildObserver observer{[](const BuildProgress&) {}, [](const LogLine&) {}};
    EXPECT_TRUE(build_engine(request_, observer, std::atomic<bool>(false), built).ok());
    std::vector<uint8_t> bytes;
    EXPECT_TRUE(read_file(request_.output, bytes).ok());
    return bytes;
  }

  int32_t load(const std::vector<uint8_t>& bytes) {
    EngineryBridgeCallbacks callbacks{};
    callbacks.user = &errors_;
    callbacks.log = [](void* errors, int32_t severity, const char* message) {
      if (severity <= ENGINERY_BRIDGE_LOG_ERROR) *static_cast<std::string*>(errors) += std::string(message) + "\n";
    };
    const EngineryBridgePlan plan{bytes.data(), bytes.size(), 0, ENGINERY_BRIDGE_NO_BUDGET};
    EngineryBridgeResult result{};
    EngineryEngine* engine = nullptr;
    const auto& bridge = *tensorrt_.bridge->execution;
    const int32_t status = bridge.load(&tensorrt_.library, &plan, &callbacks, &result, &engine);
    if (status == ENGINERY_BRIDGE_OK) bridge.unload(engine);
    return status;
  }

  const test::TemporaryFolder folder_;
  BuildRequest request_;
  TensorRT tensorrt_;
  std::string errors_;
};

TEST_F(EngineLoadTest, SaysThatThereIsNoDriver) {
  const int32_t status = load(plan());
  if (dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL) == nullptr) {
    EXPECT_EQ(status, ENGINERY_BRIDGE_NO_RUNTIME);
    EXPECT_NE(errors_.find("Error reading CUDA GPU properties"), std::string::npos) << errors_;
  } else if (status != ENGINERY_BRIDGE_OK) {
    EXPECT_NE(errors_, "");
  }
}

TEST_F(EngineLoadTest, RefusesBytesThatAreNoPlan) {
  EXPECT_EQ(load({}), ENGINERY_BRIDGE_NO_ENGINE);
  EXPECT_NE(errors_.find("The plan is cut short: it has 0 bytes"), std::string::npos) << errors_;
  EXPECT_EQ(load(std::vector<uint8_t>(100, 'x')), ENGINERY_BRIDGE_NO_ENGINE);
  errors_.clear();
  EXPECT_EQ(load(std::vector<uint8_t>(1 << 20, 'x')), ENGINERY_BRIDGE_NO_ENGINE);
  EXPECT_NE(errors_.find("it is no plan of TensorRT-RTX, or damaged"), std::string::npos) << errors_;
}

}  // namespace
}  // namespace enginery
