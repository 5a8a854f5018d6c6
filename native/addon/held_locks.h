// The locks an environment holds, by handle. They end with it.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "core/file_lock.h"

namespace enginery {

struct HeldLocks {
  std::mutex mutex;
  std::unordered_map<uint32_t, FileLock> locks;
  uint32_t last = 0;
  bool closed = false;  // the environment is gone: nobody could give a lock back
};

}  // namespace enginery
