// A timing cache: one entry for each layer that a build has timed, of one version on one device.
#pragma once

#include <set>
#include <string>

#include "calls.h"

namespace enginery::emulator {

class TimingCache final : public TimingCacheCalls {
 public:
  // Bytes of another version or device are taken, and found not to fit when they are used; `size` 0 makes an empty one.
  // Null where the bytes are no timing cache.
  static TimingCache* create(ILogger& logger, const void* bytes, size_t size);

  bool fits() const;  // this version, this device
  std::set<std::string>& entries() { return entries_; }

 private:
  explicit TimingCache(ILogger& logger) : TimingCacheCalls(logger) {}

  IHostMemory* do_serialize() const noexcept override;
  bool do_combine(const ITimingCache& other, bool ignore_mismatch) noexcept override;
  bool do_reset() noexcept override;

  std::string made_for_;
  std::set<std::string> entries_;
};

}  // namespace enginery::emulator
