// @no-feature a part by itself, over no device and no library
#include "core/layer_times.h"

#include <gtest/gtest.h>

namespace enginery {
namespace {

TEST(LayerTimesTest, TellsLayersOfOneNameApartAndFillsWhatARunDidNotComeTo) {
  LayerTimes times;
  times.add({{"conv", 1}, {"relu", 2}, {"relu", 3}});
  times.add({{"conv", 4}, {"add", 5}});
  times.add({{"conv", 6}, {"relu", 7}, {"relu", 8}});
  std::string text;
  for (const LayerTimes::Layer& layer : times.layers()) {
    text += layer.name + ":";
    for (const float milliseconds : layer.milliseconds) text += " " + std::to_string(static_cast<int>(milliseconds));
    text += "\n";
  }
  EXPECT_EQ(text, "conv: 1 4 6\nrelu: 2 0 7\nrelu: 3 0 8\nadd: 0 5 0\n");
}

TEST(LayerTimesTest, LeavesOutARunThatFailed) {
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
