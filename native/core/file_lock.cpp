#include "core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "core/file_status.h"

namespace enginery {
namespace {

constexpr std::chrono::milliseconds kPause{10};

}  // namespace

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

Status FileLock::try_lock(const std::string& path, FileLock& out) {
  out = FileLock();
  for (;;) {
    FileLock lock;
    lock.fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock.fd_ < 0) return write_failed(path, "cannot be opened");
    while (flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
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

// Asks again and again: nothing but a signal would end a flock(2) that waits.
Status FileLock::lock(const std::string& path, const std::atomic<bool>& cancelled, FileLock& out) {
  for (;;) {
    Status status = try_lock(path, out);
    if (!status.ok() || out.held()) return status;
    if (cancelled) return Status::cancelled();
    std::this_thread::sleep_for(kPause);
  }
}

Status FileLock::lock(const std::string& path, std::chrono::milliseconds patience, FileLock& out) {
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    Status status = try_lock(path, out);
    if (!status.ok() || out.held() || std::chrono::steady_clock::now() > end) return status;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace enginery
