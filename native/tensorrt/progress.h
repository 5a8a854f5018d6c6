// Passes TensorRT's progress on, and the wish to cancel back.
#pragma once

#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

// Called by TensorRT from several threads at once. Returning false from stepComplete is the only way to stop a build.
class ProgressMonitor final : public nvinfer1::IProgressMonitor {
 public:
  explicit ProgressMonitor(Operation& operation) : operation_(operation) {}

  void phaseStart(const char* phase, const char* parent, int32_t steps) noexcept override {
    report(ENGINERY_BRIDGE_PHASE_START, phase, parent, 0, steps);
  }
  bool stepComplete(const char* phase, int32_t step) noexcept override {
    return report(ENGINERY_BRIDGE_PHASE_STEP, phase, nullptr, step, 0);
  }
  void phaseFinish(const char* phase) noexcept override { report(ENGINERY_BRIDGE_PHASE_FINISH, phase, nullptr, 0, 0); }

 private:
  bool report(int32_t event, const char* phase, const char* parent, int32_t step, int32_t steps) noexcept {
    const auto& callbacks = operation_.callbacks;
    const bool go_on = callbacks.progress(callbacks.user, event, phase != nullptr ? phase : "",
                                          parent != nullptr ? parent : "", step, steps) != 0;
    if (!go_on) operation_.cancelled = true;
    return go_on;
  }

  Operation& operation_;
};

}  // namespace enginery
