#include "core/file_status.h"

#include <cerrno>
#include <cstring>

namespace enginery {
namespace {

Status failed(int error, const char* code, const std::string& path, const char* what) {
  Status status = Status::failed(code, path + " " + what + ": " + std::strerror(error), path);
  status.system_error = error;
  return status;
}

}  // namespace

Status read_failed(const std::string& path, const char* what) {
  const int error = errno;
  const bool missing = error == ENOENT || error == ENOTDIR;
  return failed(error, missing ? "ENGINERY_FILE_NOT_FOUND" : "ENGINERY_FILE_UNREADABLE", path, what);
}

Status write_failed(const std::string& path, const char* what) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT;
  return failed(error, full ? "ENGINERY_DISK_FULL" : "ENGINERY_OUTPUT_UNWRITABLE", path, what);
}

}  // namespace enginery
