#include "core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/file_status.h"

namespace enginery {

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

Status FileLock::try_lock(const std::string& path, FileLock& out) { return take(path, LOCK_EX | LOCK_NB, out); }

Status FileLock::lock(const std::string& path, FileLock& out) { return take(path, LOCK_EX, out); }

Status FileLock::take(const std::string& path, int operation, FileLock& out) {
  out = FileLock();
  for (;;) {
    FileLock lock;
    lock.fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock.fd_ < 0) return write_failed(path, "cannot be opened");
    while (flock(lock.fd_, operation) != 0) {
      if (errno == EWOULDBLOCK) return {};
      if (errno != EINTR) return write_failed(path, "cannot be locked");
    }
    // The last holder may have removed the file between our open and our lock: then this lock excludes nobody.
    struct stat mine {
    }, there{};
    if (fstat(lock.fd_, &mine) != 0) return write_failed(path, "cannot be read");
    if (stat(path.c_str(), &there) != 0 || mine.st_dev != there.st_dev || mine.st_ino != there.st_ino) continue;
    out = std::move(lock);
    return {};
  }
}

}  // namespace enginery
