// For mutexes that nobody holds for long: going to sleep for one, and being woken, takes many times as long as waiting.
#pragma once

#include <mutex>

namespace enginery {

// Tells the processor that this thread waits for another.
inline void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

inline std::unique_lock<std::mutex> lock_briefly(std::mutex& mutex) {
  constexpr int kTries = 200;
  for (int i = 0; i < kTries; ++i) {
    if (mutex.try_lock()) return {mutex, std::adopt_lock};
    pause_briefly();
  }
  return std::unique_lock(mutex);
}

}  // namespace enginery
