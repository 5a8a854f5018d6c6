// What an execution context is made with: strategies, and the cache of compiled kernels. Only TensorRT-RTX has any.
#pragma once

#include <memory>

#include "tensorrt/execution.h"
#include "tensorrt/family.h"
#include "tensorrt/operation.h"

namespace enginery {

class RuntimeConfig {
 public:
  // Gives an EngineryBridgeStatus. A setting that the family does not have, or a value that reads back otherwise, is
  // ENGINERY_BRIDGE_SETTING_REFUSED. A cache of another version or device is a warning.
  int32_t apply(Operation& operation, nvinfer1::ICudaEngine& engine, const EngineryBridgeContextOptions& options);

  // Null where TensorRT cannot make one. This object must live as long as the context.
  nvinfer1::IExecutionContext* create_context(nvinfer1::ICudaEngine& engine) const;

  bool save_cache(const EngineryBridgeCallbacks& callbacks) const;

  // See merge_runtime_caches() in execution.h.
  static bool merge_caches(nvinfer1::ICudaEngine& engine, const EngineryBridgeBytes& first,
                           const EngineryBridgeBytes& second, const EngineryBridgeCallbacks& callbacks);

#ifdef ENGINERY_FAMILY_RTX
 private:
  // Destroyed in reverse: the configuration refers to the cache.
  std::unique_ptr<nvinfer1::IRuntimeCache> cache_;
  std::unique_ptr<nvinfer1::IRuntimeConfig> config_;
#endif
};

}  // namespace enginery
