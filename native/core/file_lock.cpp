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

// Asks again and again: nothing but a signal would end a flock(2) that waits. Not held where it was given up.
template <typename GiveUp>
Status lock_unless(const GiveUp& give_up, const std::string& path, FileLock& out) {
  for (;;) {
    Status status = FileLock::try_lock(path, out);
    if (!status.ok() || out.held() || give_up()) return status;
    std::this_thread::sleep_for(kPause);
  }
}

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

Status FileLock::lock(const std::string& path, const std::atomic<bool>& cancelled, FileLock& out) {
  Status status = lock_unless([&] { return cancelled.load(); }, path, out);
  return status.ok() && !out.held() ? Status::cancelled() : status;
}

Status FileLock::lock(const std::string& path, std::chrono::milliseconds patience, FileLock& out) {
  const auto end = std::chrono::steady_clock::now() + patience;
  return lock_unless([&] { return std::chrono::steady_clock::now() > end; }, path, out);
}

}  // namespace enginery
