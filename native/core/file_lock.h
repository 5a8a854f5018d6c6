// A lock between processes that nobody can leave behind: the kernel gives it back when its owner ends, however that
// ends.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "core/status.h"

namespace enginery {

// Owns an exclusive flock(2) on a file that exists for nothing else. Two locks of one process exclude each other as
// well.
class FileLock {
 public:
  FileLock() = default;
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

  // Takes the lock, making the file where there is none, or finds that somebody else has it: then the status is fine
  // and `held()` is not. The holder may remove the file; whoever takes it next makes a new one.
  static Status try_lock(const std::string& path, FileLock& out);

  // Waits for it until `cancelled`. Blocks: call it on a job thread, for locks that are held shortly.
  static Status lock(const std::string& path, const std::atomic<bool>& cancelled, FileLock& out);

  // Waits for it no longer than that: then the status is fine and `held()` is not.
  static Status lock(const std::string& path, std::chrono::milliseconds patience, FileLock& out);

  bool held() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace enginery
