#include "emulator/tensorrt/runtime_config.h"

#ifdef ENGINERY_FAMILY_RTX
#include <sstream>

#include "emulator/tensorrt/host_memory.h"
#include "emulator/tensorrt/version.h"

namespace enginery::emulator {
namespace {

constexpr const char* kRuntimeCacheMagic = "emulated runtime cache";

}  // namespace

RuntimeCache::~RuntimeCache() {
  if (contexts_.any()) breach("IRuntimeCache is destroyed before its IExecutionContext");
}

IHostMemory* RuntimeCache::do_serialize() const noexcept {
  std::string bytes = std::string(kRuntimeCacheMagic) + "\n" + caches_fit() + "\n";
  std::lock_guard lock(cache_->mutex);
  for (const std::string& kernel : cache_->kernels) bytes += kernel + "\n";
  return new HostMemory(logger(), std::move(bytes));
}

bool RuntimeCache::do_deserialize(const void* bytes, size_t size) noexcept {
  std::istringstream lines(std::string(static_cast<const char*>(bytes), size));
  std::string line;
  if (!std::getline(lines, line) || line != kRuntimeCacheMagic)
    return error("IRuntimeCache::deserialize: these bytes are no cache");
  if (!std::getline(lines, line) || line != caches_fit()) {
    log(Severity::kWARNING, "IRuntimeCache::deserialize: the cache was made by " + line + ", this is " + caches_fit());
    return false;
  }
  while (std::getline(lines, line)) cache_->add(line);
  return true;
}

bool RuntimeCache::do_reset() noexcept {
  std::lock_guard lock(cache_->mutex);
  cache_->kernels.clear();
  return true;
}

bool RuntimeConfig::do_setRuntimeCache(const IRuntimeCache& cache) noexcept {
  auto& given = const_cast<RuntimeCache&>(static_cast<const RuntimeCache&>(cache));
  cache_ = &given;
  options_.cache = given.cache();
  options_.cache_users = given.contexts();
  return true;
}

bool RuntimeConfig::do_setCudaGraphStrategy(CudaGraphStrategy strategy) noexcept {
  options_.own_graphs = strategy == CudaGraphStrategy::kWHOLE_GRAPH_CAPTURE;
  return true;
}

CudaGraphStrategy RuntimeConfig::do_getCudaGraphStrategy() const noexcept {
  return options_.own_graphs ? CudaGraphStrategy::kWHOLE_GRAPH_CAPTURE : CudaGraphStrategy::kDISABLED;
}

}  // namespace enginery::emulator
#endif
