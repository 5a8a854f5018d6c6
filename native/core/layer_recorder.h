#pragma once

#include "core/layer_times.h"
#include "tensorrt/execution.h"

namespace enginery {

// Hears the times of one execution context.
class LayerRecorder {
 public:
  explicit LayerRecorder(LayerTimes& times);
  LayerRecorder(const LayerRecorder&) = delete;
  LayerRecorder& operator=(const LayerRecorder&) = delete;

  // For the bridge; lives as long as this.
  const EngineryBridgeProfiler& profiler() const { return profiler_; }

  // Around the run. One that fails is not ended.
  void begin_run() { run_.clear(); }
  void end_run() { times_.add(run_); }

 private:
  LayerTimes& times_;
  EngineryBridgeProfiler profiler_{};
  LayerTimes::Times run_;
};

}  // namespace enginery
