#include "core/plan_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/file_status.h"

namespace enginery {

PlanFile::~PlanFile() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(path_.c_str());
}

Status PlanFile::create(const std::string& path) {
  path_ = path;
  fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  return fd_ < 0 ? fail("cannot be created") : Status{};
}

bool PlanFile::write(const void* data, size_t size) {
  if (!status_.ok()) return false;
  const char* next = static_cast<const char*>(data);
  for (size_t left = size; left > 0;) {
    const ssize_t written = ::write(fd_, next, left);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      status_ = fail("cannot be written");
      return false;
    }
    next += written;
    left -= static_cast<size_t>(written);
  }
  size_ += static_cast<int64_t>(size);
  return true;
}

Status PlanFile::commit() {
  if (!status_.ok()) return status_;
  const int fd = fd_;
  fd_ = -1;
  if (close(fd) != 0) {
    status_ = fail("cannot be closed");
    unlink(path_.c_str());
  }
  return status_;
}

Status PlanFile::fail(const char* what) { return write_failed(path_, what); }

}  // namespace enginery
