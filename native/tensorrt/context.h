// An execution context: what a run is made of.
#pragma once

#include <memory>
#include <vector>

#include "tensorrt/engine.h"
#include "tensorrt/execution.h"
#include "tensorrt/family.h"
#include "tensorrt/logger.h"
#include "tensorrt/operation.h"
#include "tensorrt/output_allocator.h"
#include "tensorrt/profiler.h"
#include "tensorrt/runtime_config.h"

namespace enginery {

class Context {
 public:
  Context(std::shared_ptr<const Engine> engine, const EngineryBridgeCallbacks& callbacks);

  // Gives an EngineryBridgeStatus.
  int32_t create(const EngineryBridgeContextOptions& options);

  // What is logged goes there.
  Operation& operation() { return operation_; }
  const EngineryBridgeResult& result() const { return result_; }

  // As in execution.h. Nothing here allocates.
  bool set_profile(int32_t profile, void* stream);
  bool set_shape(int32_t input, int32_t rank, const int64_t* dims);
  bool set_address(int32_t place, void* address);
  bool output_dims(int32_t output, int32_t& rank, int64_t* dims);
  bool set_output_allocator(int32_t output, const EngineryBridgeOutputAllocator& allocator);
  bool enqueue(void* stream);

  nvinfer1::IExecutionContext& context() const { return *context_; }
  void set_profiler(const EngineryBridgeProfiler& profiler);
  bool save_runtime_cache(const EngineryBridgeCallbacks& callbacks) const { return config_.save_cache(callbacks); }

 private:
  const char* name(int32_t place) const { return engine_->tensors()[static_cast<size_t>(place)].name; }

  // Destroyed in reverse: TensorRT's context first, then what it refers to, then its engine, where this is the last to
  // hold it; and lines logged meanwhile still have somewhere to go.
  EngineryBridgeResult result_{};
  const EngineryBridgeLibrary library_;
  Operation operation_;
  const LiveOperation live_;
  const std::shared_ptr<const Engine> engine_;
  std::vector<OutputAllocator> allocators_;  // by output
  Profiler profiler_;
  RuntimeConfig config_;
  std::unique_ptr<nvinfer1::IExecutionContext> context_;
};

}  // namespace enginery
