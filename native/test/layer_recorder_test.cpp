// @no-feature a part by itself, over no device and no library
#include "core/layer_recorder.h"

#include <gtest/gtest.h>

namespace enginery {
namespace {

TEST(LayerRecorderTest, LeavesOutARunThatFailed) {
  LayerTimes times;
  LayerRecorder recorder(times);
  const EngineryBridgeProfiler& profiler = recorder.profiler();
  recorder.begin_run();
  profiler.layer(profiler.user, "conv", 1);
  recorder.begin_run();
  profiler.layer(profiler.user, "conv", 2);
  recorder.end_run();
  ASSERT_EQ(times.layers().size(), 1U);
  EXPECT_EQ(times.layers()[0].milliseconds, std::vector<float>{2});
}

}  // namespace
}  // namespace enginery
