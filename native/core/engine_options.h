// How an engine is opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/engine_build.h"
#include "core/layer_times.h"
#include "core/runner.h"
#include "core/status.h"
#include "tensorrt/execution.h"

namespace enginery {

struct EngineOptions {
  std::string library;  // TensorRT's
  std::string parser;   // its ONNX parser's, to refit the engine; empty where there is none
  std::string driver;   // CUDA's
  int32_t device = 0;
  std::string plan_path;
  bool host_code = false;  // the plan may hold code for the CPU
  RunLimits limits;
  std::string runtime_cache;                          // a file to start from and to add to; none where empty
  std::vector<BuildSetting> settings;                 // of execution contexts
  bool cuda_graphs = false;                           // where TensorRT has none of its own
  size_t memory_limit = 0;                            // bytes of the GPU's; 0: as much as there is
  int64_t weight_budget = ENGINERY_BRIDGE_NO_BUDGET;  // see EngineryBridgePlan
  std::shared_ptr<LayerTimes> layer_times;            // what layers take goes there; null: they are not timed
  std::function<void(const LogLine&)> on_log;
  Severity log_severity = Severity::verbose;  // on_log hears this, and what is worse

  // Lines of our own.
  void log(Severity severity, const std::string& message) const {
    if (on_log && severity <= log_severity) on_log({severity, message});
  }
};

}  // namespace enginery
