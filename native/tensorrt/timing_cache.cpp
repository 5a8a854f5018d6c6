#include "tensorrt/timing_cache.h"

namespace enginery {

TimingCache::TimingCache(Operation& operation, const EngineryBridgeBuild& build, nvinfer1::IBuilderConfig& config)
    : operation_(operation), config_(config) {
  if (!ENGINERY_ENTERPRISE || build.timing_cache == 0) return;
  cache_.reset(config.createTimingCache(build.timing_cache_data, build.timing_cache_size));
  if (cache_ && config.setTimingCache(*cache_, false)) return;
  operation.warn("The timing cache file belongs to another TensorRT version or GPU: it is neither used nor changed");
  cache_.reset();
}

void TimingCache::keep() {
  if (!cache_) return;
  const EngineryBridgeCallbacks& callbacks = operation_.callbacks;
  const void* data = nullptr;
  size_t size = 0;
  if (callbacks.lock_timing_cache(callbacks.user, &data, &size) == 0) return;
  std::unique_ptr<nvinfer1::IHostMemory> merged;
  const nvinfer1::ITimingCache* const measured = config_.getTimingCache();
  const std::unique_ptr<nvinfer1::ITimingCache> kept(config_.createTimingCache(data, size));
  if (measured != nullptr && kept && kept->combine(*measured, false)) merged.reset(kept->serialize());
  const void* const bytes = merged ? merged->data() : nullptr;
  const size_t byte_count = merged ? merged->size() : 0;
  const bool fine = bytes != nullptr && byte_count > 0;
  if (!fine) operation_.warn("What this build measured could not be added to the timing cache file");
  callbacks.keep_timing_cache(callbacks.user, fine ? bytes : nullptr, byte_count);
}

}  // namespace enginery
