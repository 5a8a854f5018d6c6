#include "core/sync_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace enginery {

Status sync_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_failed(path, "cannot be opened");
  Status status = fsync(fd) == 0 ? Status{} : file_failed(path, "cannot be synced to disk");
  close(fd);
  return status;
}

Status file_failed(const std::string& path, const char* what) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT;
  Status status = Status::failed(full ? "ENGINERY_DISK_FULL" : "ENGINERY_OUTPUT_UNWRITABLE",
                                 path + " " + what + ": " + std::strerror(error), path);
  status.system_error = error;
  return status;
}

}  // namespace enginery
