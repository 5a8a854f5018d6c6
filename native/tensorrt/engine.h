// An engine with the runtime that made it, and what it says of its tensors and profiles.
#pragma once

#include <memory>
#include <vector>

#include "tensorrt/execution.h"
#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

class Engine {
 public:
  // Gives an EngineryBridgeStatus.
  static int32_t load(Operation& operation, const EngineryBridgePlan& plan, std::shared_ptr<const Engine>& out);

  nvinfer1::ICudaEngine& engine() const { return *engine_; }
  const EngineryBridgeLibrary& library() const { return library_; }

  // All of these are asked once, when the engine is loaded.
  const EngineryBridgeEngineInfo& info() const { return info_; }
  const std::vector<EngineryBridgeIoTensor>& tensors() const { return tensors_; }  // by place
  // TensorRT's JSON of the layers goes to `write`; false where there is none. `context` may be null.
  bool inspect(const nvinfer1::IExecutionContext* context, const EngineryBridgeCallbacks& callbacks) const;

  // False where the profile says nothing of this input.
  bool bounds(int32_t profile, int32_t input, EngineryBridgeBounds& out) const;

 private:
  struct Bounds {
    std::vector<int64_t> min, opt, max;
  };

  explicit Engine(const EngineryBridgeLibrary& library) : library_(library) {}
  int32_t deserialize(Operation& operation, const EngineryBridgePlan& plan);
  int32_t describe(Operation& operation);
  void add_tensors(nvinfer1::TensorIOMode mode);
  int32_t place_of(const char* input) const;
  std::vector<int64_t> bound(const EngineryBridgeIoTensor& input, int32_t profile,
                             nvinfer1::OptProfileSelector which) const;
  const int64_t* wide_values(const char* input, int32_t profile, nvinfer1::OptProfileSelector which) const;
  std::vector<int64_t> values(const char* input, int32_t profile, nvinfer1::OptProfileSelector which,
                              size_t count) const;

  const EngineryBridgeLibrary library_;
  // Destroyed in reverse: an engine must not outlive its runtime.
  std::unique_ptr<nvinfer1::IRuntime> runtime_;
  std::unique_ptr<nvinfer1::ICudaEngine> engine_;
  EngineryBridgeEngineInfo info_{};
  std::vector<EngineryBridgeIoTensor> tensors_;
  std::vector<Bounds> bounds_;  // of each input in each profile, profile by profile
};

}  // namespace enginery
