// A file that several processes add to, such as TensorRT's timing cache: read, then replaced as a whole, under a lock
// on `<path>.lock`.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/file_lock.h"
#include "core/status.h"

namespace enginery {

class SharedFile {
 public:
  // What is in the file; nothing where there is none.
  static Status read(const std::string& path, std::vector<uint8_t>& out);

  // Blocks until the lock is free, or the wait is cancelled.
  Status lock_and_read(const std::string& path, const std::atomic<bool>& cancelled);
  // Waits for the lock no longer than that: then the status is fine and the file is not `locked()`.
  Status lock_and_read(const std::string& path, std::chrono::milliseconds patience);
  bool locked() const { return lock_.held(); }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

  // While locked. Readers see the old contents or the new ones.
  Status replace(const void* data, size_t size);
  void unlock() { lock_ = FileLock(); }
  // While locked, the lock's own file may be removed.
  std::string lock_path() const { return path_ + ".lock"; }

 private:
  Status read_locked(Status locked);

  std::string path_;
  FileLock lock_;
  std::vector<uint8_t> bytes_;
};

}  // namespace enginery
