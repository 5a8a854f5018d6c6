#include "core/device_threads.h"

#include <map>

namespace enginery {

DeviceThreads& DeviceThreads::of(int32_t device) {
  static auto* const mutex = new std::mutex;
  static auto* const all = new std::map<int32_t, DeviceThreads>;
  std::lock_guard lock(*mutex);
  return (*all)[device];
}

void DeviceThreads::add_runs(int count) {
  std::lock_guard lock(mutex_);
  run_threads_ += count;
  runs_.set_concurrency(run_threads_);
}

}  // namespace enginery
