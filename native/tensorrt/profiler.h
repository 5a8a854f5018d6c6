// Passes the times of layers on.
#pragma once

#include "tensorrt/execution.h"
#include "tensorrt/family.h"

namespace enginery {

class Profiler final : public nvinfer1::IProfiler {
 public:
  void forward(const EngineryBridgeProfiler& to) { to_ = &to; }

  void reportLayerTime(const char* name, float milliseconds) noexcept override {
    to_->layer(to_->user, name != nullptr ? name : "", milliseconds);
  }

 private:
  const EngineryBridgeProfiler* to_ = nullptr;
};

}  // namespace enginery
