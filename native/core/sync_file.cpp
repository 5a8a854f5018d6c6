#include "core/sync_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/file_status.h"

namespace enginery {

Status sync_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return write_failed(path, "cannot be opened");
  Status status = fsync(fd) == 0 ? Status{} : write_failed(path, "cannot be synced to disk");
  close(fd);
  return status;
}

}  // namespace enginery
