#include "emulator/tensorrt/timing_cache.h"

#include <sstream>

#include "emulator/tensorrt/host_memory.h"
#include "emulator/tensorrt/version.h"

namespace enginery::emulator {
namespace {

constexpr const char* kTimingCacheMagic = "emulated timing cache";

}  // namespace

TimingCache* TimingCache::create(ILogger& logger, const void* bytes, size_t size) {
  auto* const cache = new TimingCache(logger);
  cache->made_for_ = caches_fit();
  if (size == 0) return cache;
  std::istringstream lines(std::string(static_cast<const char*>(bytes), size));
  std::string line;
  if (!std::getline(lines, line) || line != kTimingCacheMagic || !std::getline(lines, cache->made_for_)) {
    cache->error("IBuilderConfig::createTimingCache: the bytes are no timing cache");
    delete cache;
    return nullptr;
  }
  while (std::getline(lines, line)) cache->entries_.insert(line);
  return cache;
}

bool TimingCache::fits() const { return made_for_ == caches_fit(); }

IHostMemory* TimingCache::do_serialize() const noexcept {
  std::string bytes = std::string(kTimingCacheMagic) + "\n" + made_for_ + "\n";
  for (const std::string& entry : entries_) bytes += entry + "\n";
  return new HostMemory(logger(), bytes);
}

bool TimingCache::do_combine(const ITimingCache& other, bool ignore_mismatch) noexcept {
  const auto& cache = static_cast<const TimingCache&>(other);
  if (cache.made_for_ != made_for_ && !ignore_mismatch) {
    return error("ITimingCache::combine: the caches are of " + made_for_ + " and " + cache.made_for_);
  }
  entries_.insert(cache.entries_.begin(), cache.entries_.end());
  return true;
}

bool TimingCache::do_reset() noexcept {
  entries_.clear();
  return true;
}

}  // namespace enginery::emulator
