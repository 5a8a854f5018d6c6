// The threads that work with a device. Each device has its own, as a driver may take long, or hang.
#pragma once

#include <cstdint>
#include <mutex>

#include "core/job_threads.h"

namespace enginery {

class DeviceThreads {
 public:
  // Made when they are first asked for, and leaked on purpose, as the driver may hang.
  static DeviceThreads& of(int32_t device);

  // For engines that are loaded.
  JobThreads& loading() { return loading_; }

  // For runs, one for each that the device's sessions may have under way, and one more, to look after them and to free.
  JobThreads& runs() { return runs_; }
  void add_runs(int count);

  // For what is done with the device's memory outside of runs.
  JobThreads& transfers() { return transfers_; }

 private:
  JobThreads loading_{2};
  std::mutex mutex_;
  int run_threads_ = 1;
  JobThreads runs_{1};
  JobThreads transfers_{1};
};

}  // namespace enginery
