// A file that several processes add to, such as TensorRT's timing cache: read, then replaced as a whole, under a lock
// on `<path>.lock`.
#pragma once

#include <atomic>
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
  const std::vector<uint8_t>& bytes() const { return bytes_; }

  // While locked. Readers see the old contents or the new ones.
  Status replace(const void* data, size_t size);
  void unlock() { lock_ = FileLock(); }

 private:
  std::string path_;
  FileLock lock_;
  std::vector<uint8_t> bytes_;
};

}  // namespace enginery
