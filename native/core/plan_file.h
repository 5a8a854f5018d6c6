// The file a plan is written to while it is built. It outlives this object only when complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/status.h"

namespace enginery {

class PlanFile {
 public:
  PlanFile() = default;
  PlanFile(const PlanFile&) = delete;
  PlanFile& operator=(const PlanFile&) = delete;
  ~PlanFile();  // removes the file unless it was committed

  // The file must not exist yet.
  Status create(const std::string& path);

  // After a failure, `status()` says why and further writes fail.
  bool write(const void* data, size_t size);

  // Closes. From here on the file is the caller's, who also has it synced: see sync_file.h.
  Status commit();

  const Status& status() const { return status_; }
  int64_t size() const { return size_; }

 private:
  Status fail(const char* what);

  std::string path_;
  int fd_ = -1;
  int64_t size_ = 0;
  Status status_;
};

}  // namespace enginery
